using Patrol.Tests.Kit;

namespace Patrol.Tests.Imports;

/// <summary><c>patrol-server import</c>, as administrators run it.</summary>
public sealed class ImportCommandTests
{
    [Theory, ClassData(typeof(Engines))]
    public async Task Tokens_are_imported_by_the_program_and_work_on_the_server(Engine engine)
    {
        using var folder = new TemporaryFolder();
        string[] options = engine == Engine.PostgreSql ? [$"--database={await (await SharedPostgres.Get()).NewDatabase()}", $"--secret-file={folder["secret"]}"] : [];
        var server = await ServerProcess.Start(folder.Path, options, $"PATROL_ROOT_TOKEN={PatrolApp.RootToken}", "PATROL_ROOT_PASSWORD=correct horse battery");
        await using var first = server;
        await File.WriteAllTextAsync(folder["jira.csv"], $"{ForeignSystem.AtlassianHeader}\nci,{ForeignSystem.PublishedId},{ForeignSystem.PublishedHash},u1,2026-01-01 00:00:00,9999-12-31 00:00:00,\nlost,1,{ForeignSystem.PublishedHash},u2,2026-01-01 00:00:00,9999-12-31 00:00:00,\n");
        await File.WriteAllTextAsync(folder["users.csv"], "USER_KEY,USERNAME\nu1,root\n");
        await File.WriteAllTextAsync(folder["gitlab.csv"], $"{ForeignSystem.GitLabHeader},username\n1,7,ci,f,,2026-01-01 00:00:00,2026-01-02 00:00:00,api,f,{ForeignSystem.GitLabDigest("glpat-1234567890abcdefghij")},,root\n");
        await File.WriteAllTextAsync(folder["secrets.yml"], $"production:\n  db_key_base: {ForeignSystem.DbKeyBase}\n  otp_key_base: other\n");
        if (engine == Engine.Sqlite)
        {
            // A folder belongs to one process.
            var busy = await ServerProcess.Run(folder.Path, ["import", "atlassian", "jira.csv", "--users", "users.csv"]);
            Assert.Equal(2, busy.ExitCode);
            Assert.Contains("another patrol-server", busy.Errors, StringComparison.Ordinal);
            await server.Stop();
        }

        // On PostgreSQL while the server runs, which hears of it.
        string[] importing = engine == Engine.PostgreSql ? [.. options, $"--data={folder["import-data"]}"] : [];
        var jira = await ServerProcess.Run(folder.Path, ["import", "atlassian", "jira.csv", "--users", "users.csv", .. importing]);
        Assert.Equal((1, ""), (jira.ExitCode, jira.Errors));
        Assert.Contains("line 3, lost: not taken: --users does not say who USER_KEY u2 is\n1 taken, 0 already here, 1 not taken\n", jira.Output, StringComparison.Ordinal);
        var gitLab = await ServerProcess.Run(folder.Path, ["import", "gitlab", "gitlab.csv", "--db-key-base=secrets.yml", .. importing]);
        Assert.Equal((0, ""), (gitLab.ExitCode, gitLab.Errors));
        var again = await ServerProcess.Run(folder.Path, ["import", "gitlab", "gitlab.csv", "--db-key-base", "secrets.yml", .. importing]);
        Assert.Contains("0 taken, 1 already here, 0 not taken\n", again.Output, StringComparison.Ordinal);
        await using var second = engine == Engine.Sqlite ? await ServerProcess.Start(folder.Path, options) : null;
        foreach (var text in (string[])[ForeignSystem.PublishedToken, "glpat-1234567890abcdefghij"])
        {
            using var client = (second ?? server).Client(text);
            await Eventually.True(async () => (await client.Get("user")).Status == 200, "the imported token works");
        }
    }

    [Theory]
    [InlineData("""{"gitlab_rails": {"db_key_base": ["OLD", "NEW"], "otp_key_base": "other"}}""")]
    [InlineData("{\n  \"gitlab_rails\": {\n    \"db_key_base\": [\n      \"OLD\",\n      \"NEW\"\n    ],\n    \"otp_key_base\": \"other\"\n  }\n}\n")]
    [InlineData("production:\n  db_key_base:\n    - OLD # until March\n    - 'NEW'\n  otp_key_base: other\n")]
    [InlineData("production:\n  db_key_base: [OLD, NEW]\n  otp_key_base: other\n")]
    public async Task Tokens_of_every_key_that_GitLab_has_had_work_after_one_import(string secrets)
    {
        const string oldKey = "an-old-key-of-more-than-32-characters", before = "glpat-before-the-change-of-keys", since = "glpat-since-the-change-of-keys1";
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["secrets"], secrets.Replace("OLD", oldKey, StringComparison.Ordinal).Replace("NEW", ForeignSystem.DbKeyBase, StringComparison.Ordinal));
        var rows = ((string, string)[])[(before, oldKey), (since, ForeignSystem.DbKeyBase)];
        await File.WriteAllLinesAsync(folder["gitlab.csv"], [$"{ForeignSystem.GitLabHeader},username",
            .. rows.Select(row => $"1,7,ci,f,,2026-01-01 00:00:00,2026-01-02 00:00:00,api,f,{ForeignSystem.GitLabDigest(row.Item1, row.Item2)},,root")]);
        var import = await ServerProcess.Run(folder.Path, ["import", "gitlab", "gitlab.csv", "--db-key-base", "secrets"]);
        Assert.Equal((0, ""), (import.ExitCode, import.Errors));
        await using var server = await ServerProcess.Start(folder.Path);
        Assert.Equal((200, 200), ((await server.Client(before).Get("user")).Status, (await server.Client(since).Get("user")).Status));
    }

    [Theory]
    [InlineData("import", "import needs atlassian or gitlab")]
    [InlineData("import jira table.csv", "import needs atlassian or gitlab")]
    [InlineData("import atlassian missing.csv", "missing.csv: cannot be read")]
    [InlineData("import atlassian wrong.csv", "missing: NAME,TOKEN_ID")]
    [InlineData("import atlassian broken.csv", "line 2 is not CSV")]
    [InlineData("import atlassian table.csv --users missing.csv", "missing.csv: cannot be read")]
    [InlineData("import atlassian table.csv --db-key-base x", "belongs to import gitlab")]
    [InlineData("import gitlab table.csv", "needs --db-key-base")]
    [InlineData("import gitlab table.csv --db-key-base 0123456789abcdef0123456789abcdef", "never the key itself")]
    [InlineData("import gitlab table.csv --db-key-base wrong.csv", "no db_key_base of 32 characters")]
    [InlineData("import atlassian table.csv --nonsense 1", "unknown option --nonsense")]
    public async Task What_is_wrong_is_told_in_one_line_and_nothing_is_imported(string arguments, string why)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["table.csv"], ForeignSystem.AtlassianHeader + "\n");
        await File.WriteAllTextAsync(folder["wrong.csv"], "a,b\n1,2\n");
        await File.WriteAllTextAsync(folder["broken.csv"], ForeignSystem.AtlassianHeader + "\n\"x,1\n");
        var (exitCode, _, errors) = await ServerProcess.Run(folder.Path, arguments.Split(' '));
        Assert.Equal(2, exitCode);
        Assert.Contains(why, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789abcdef", errors, StringComparison.Ordinal);
    }
}
