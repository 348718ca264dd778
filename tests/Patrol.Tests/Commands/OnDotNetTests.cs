using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;
using Patrol.Tests.Kit.Renewal;
using Patrol.Tests.Logs;

namespace Patrol.Tests.Commands;

/// <summary>
/// What is shipped is compiled natively, without what the compiler thinks is not used, and is what all other tests run where it was
/// compiled. The program that <c>dotnet run</c> starts answers and does the same.
/// </summary>
public sealed class OnDotNetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task On_a_database_it_answers_the_same()
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        var system = new[] { "--gitlab-db", CliProcess.Address(database.ConnectionString) };
        string[] formats = ["lines", "table", "json", "csv"];
        foreach (var format in formats)
        {
            await Same(0, ["analyze", .. system, "--format", format]);
            await Same(0, ["dates", "--top", "5", .. system, "--format", format]);
            await Same(0, ["find", .. system, "--format", format]);
            await Same(0, ["find", "--expires-within", "2mo", "--state", "active", "--kind", "project", "--kind", "personal", "--owner", "jane", "--scope", "api", .. system, "--format", format]);
        }
        await Same(4, ["analyze", "--gitlab-db", CliProcess.Address(database.NeedsPassword)], "PGPASSWORD=wrong");
        await Same(0, ["analyze", "--gitlab-db", CliProcess.Address(database.NeedsPassword)], $"PGPASSWORD={GitLabDatabase.Password}");
        await Same(4, ["analyze", "--gitlab-db", CliProcess.Address(database.Stranger)]);
    }

    [Fact]
    public async Task On_logs_it_answers_the_same()
    {
        await File.WriteAllLinesAsync(folder["api_json.log"], [LogText.Expired, LogText.Revoked, LogText.SmallScope, "half a line", LogText.Good, LogText.Git]);
        var whole = LogText.Gzip(await File.ReadAllBytesAsync(folder["api_json.log"]));
        await File.WriteAllBytesAsync(folder["whole.gz"], whole);
        await File.WriteAllBytesAsync(folder["cut.gz"], whole[..^9]);
        foreach (var format in (string[])["lines", "table", "json", "csv"])
        {
            await Same(0, ["logs", "api_json.log", "whole.gz", "--format", format]);
            await Same(1, ["logs", "cut.gz", "--format", format]);
        }
    }

    [Fact]
    public async Task On_wrong_usage_and_cries_for_help_it_answers_the_same()
    {
        await Same(0, ["--help"]);
        await Same(0, ["find", "--help"]);
        await Same(0, ["completion", "bash"]);
        await Same(2, ["fnid"]);
        await Same(2, ["find", "--expires-on", "tomorrow", "--gitlab-db", "postgres://127.0.0.1/x"]);
        await Same(2, ["analyze"]);
        await Same(2, ["analyze", "--profile", "nowhere"]);
        await Same(3, ["analyze", "--gitlab-db", "postgres://root@127.0.0.1:1/nothing"]);
        await File.WriteAllTextAsync(folder["config.yaml"], "profiles:\n  - x\n");
        System.IO.Directory.CreateDirectory(folder["patrol"]);
        File.Move(folder["config.yaml"], Path.Combine(folder["patrol"], "config.yaml"));
        await Same(2, ["analyze", "--profile", "x"], $"XDG_CONFIG_HOME={folder.Path}");
    }

    [Theory, ClassData(typeof(Generations))]
    public async Task It_changes_and_puts_back_what_is_to_be_changed(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        await File.WriteAllTextAsync(folder["secrets.json"], Rows.GitLabSecrets);
        string[] system = ["--yes", "--gitlab-secrets", "secrets.json", "--gitlab-db", CliProcess.Address(database.ConnectionString)];
        var before = await database.DumpAll();
        string[][] changes =
        [
            ["extend", "--expires-on", database.Day(Rows.MostEndIn), "--by", "6mo", "--undo-file", "extend"],
            ["remove-expiry", "--expires-on", database.Day(Rows.BulkEndsIn), "--undo-file", "remove"],
            ["revoke", $"{Rows.EndsIn7Days}", "--undo-file", "revoke"],
            ["rotate", $"{Rows.BotOfGroup}", "--undo-file", "rotate"],
        ];
        foreach (var change in changes)
            _ = (await CliProcess.RunOnDotNet(folder.Path, [.. change, .. system])).Good;
        var text = (await CliProcess.RunOnDotNet(folder.Path, ["create", "--user", "jane", "--name", "fresh", "--scope", "api", "--undo-file", "create", .. system])).Good;
        Assert.Contains("Name: fresh", (await CliProcess.RunOnDotNet(folder.Path, ["show", "--token-stdin", .. system[1..]], text)).Good, StringComparison.Ordinal);
        foreach (var file in (string[])["create", "rotate", "revoke", "remove", "extend"])
            _ = (await CliProcess.RunOnDotNet(folder.Path, ["undo", file, .. system])).Good;
        await database.Execute($"DELETE FROM personal_access_tokens WHERE revoked AND (name = 'fresh' OR previous_personal_access_token_id = {Rows.BotOfGroup})");
        Assert.Equal(before, await database.DumpAll());
    }

    [Fact]
    public async Task It_renews_Exastros_tokens_and_goes_on_after_a_crash()
    {
        await using var stage = await ExastroStage.Set();
        var key = await stage.Add("org-1");
        string[] command = ["renew", "exastro", "--gitlab", stage.GitLab.Address.ToString(), "--db", stage.Maria.Address(stage.Database), "--journal", stage.Journal, "--yes", "--settle", "0"];
        string[] environment = [$"GITLAB_TOKEN={stage.AdministratorToken}", $"MYSQL_PWD={MariaServer.Password}"];
        var killed = await CliProcess.RunOnDotNet(stage.Folder.Path, [.. command, "--root", "--env", stage.Env, "--all"], "", [.. environment, "PATROL_FAILPOINT=store"]);
        Assert.True(killed.ExitCode is 137 or -1, killed.Errors);
        var resumed = await CliProcess.RunOnDotNet(stage.Folder.Path, ["renew", "resume", "--journal", stage.Journal], "", environment);
        Assert.True(resumed.ExitCode == 0, resumed.Output + resumed.Errors);
        await stage.OnlyLives(stage.Administrator, stage.RootInEnv());
        await stage.OnlyLives((await stage.Row(key, "GITLAB_USER"))!, await stage.Row(key));
    }

    [Theory]
    [InlineData(PlaceKind.Yaml), InlineData(PlaceKind.PostgreSql), InlineData(PlaceKind.Kubernetes), InlineData(PlaceKind.GitLabVariable), InlineData(PlaceKind.Command)]
    public async Task It_renews_by_a_plan(PlaceKind kind)
    {
        await using var stage = await PlanStage.Set(kind);
        var run = await stage.Renew(CliProcess.RunOnDotNet);
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Equal([(await stage.IdOf(await stage.Place.Read()))!.Value], await stage.Living());
    }

    private async Task Same(int exitCode, string[] arguments, params string[] environment)
    {
        Assert.SkipWhen(CliProcess.NativeProgram is null, "The tool was not compiled natively, or not since it was built: run ./test, or dotnet publish src/Patrol.Cli -c Release.");
        var native = await CliProcess.Run(folder.Path, arguments, "", environment);
        Assert.Equal(exitCode, native.ExitCode);
        Assert.Equal(native, await CliProcess.RunOnDotNet(folder.Path, arguments, "", environment));
    }
}
