using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Sources;

/// <summary>Scopes in every form of YAML in which they were ever written.</summary>
public sealed class ScopeTextTests
{
    [Fact]
    public async Task Every_form_is_read_and_found_by_each_of_its_scopes()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        string[] forms =
        [
            @"---\n- api\n- read_user\n", @"---\n- :api\n- :read_user\n", @"---\n- ""api""\n- ''read_user''\n", @"---\r\n- api\r\n- read_user\r\n", @"--- \n  - api\n  - read_user",
            @"[""api"", ""read_user""]", @"--- [api, read_user]\n", @"---\n[:api,:read_user]",
        ];
        await database.Execute($"DELETE FROM personal_access_tokens WHERE id > {forms.Length}");
        for (var i = 0; i < forms.Length; i++)
            await database.Execute($"UPDATE personal_access_tokens SET user_id = 2, scopes = E'{forms[i]}' WHERE id = {i + 1}");
        foreach (var scope in (string[])["api", "read_user"])
        {
            var lines = (await CliProcess.On(database, "find", "--owner", "jane", "--scope", scope)).Good.TrimEnd('\n').Split('\n');
            Assert.Equal(forms.Length, lines.Length);
            Assert.All(lines, line => Assert.Contains("""Scopes: ["api", "read_user"], Last""", line, StringComparison.Ordinal));
        }
        Assert.Empty((await CliProcess.On(database, "find", "--owner", "jane", "--scope", "read")).Good);
    }
}
