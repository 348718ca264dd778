using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Commands;

/// <summary>Scopes as filters.</summary>
public sealed class FindScopesTests
{
    [Fact]
    public async Task Several_stand_one_by_one_or_with_commas_between()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute(@"UPDATE personal_access_tokens SET scopes = E'---\n- api\n- read_user\n' WHERE id IN (3, 5)");
        var apart = (await CliProcess.On(database, "find", "--scope", "api", "--scope", "read_user", "--format", "csv")).Good;
        Assert.Contains("\n3,", apart, StringComparison.Ordinal);
        Assert.Equal(apart, (await CliProcess.On(database, "find", "--scope", "api, read_user", "--format", "csv")).Good);
        Assert.StartsWith("Would revoke ", (await CliProcess.On(database, "revoke", "--scope", "read_user,api", "--dry-run")).Line(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_nobody_knows_is_told_and_looked_for_all_the_same()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        await database.Execute(@"UPDATE personal_access_tokens SET scopes = E'---\n- of_tomorrow\n' WHERE id = 3");
        var run = await CliProcess.On(database, "find", "--scope", "of_tomorrow", "--format", "csv");
        Assert.Equal(2, run.Good.TrimEnd('\n').Split('\n').Length);
        Assert.Equal("--scope: 'of_tomorrow' is no scope that patrol knows; it is looked for all the same.", run.Line(0));
    }
}
