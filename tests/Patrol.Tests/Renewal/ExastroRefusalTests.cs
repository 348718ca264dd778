using MySqlConnector;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Renewal;

/// <summary>What Exastro's reference says can be wrong, and what then is not touched.</summary>
public sealed class ExastroRefusalTests
{
    [Fact]
    public async Task Rows_that_are_not_exactly_one_are_refused_and_the_others_renewed()
    {
        await using var stage = await ExastroStage.Set();
        var good = await stage.Add("good");
        string[] twins = [await stage.Add("twin"), await stage.Add("twin")];
        var off = await stage.Add("off", addsUser: false);
        var deleted = await stage.Add("deleted", disused: "1");
        var tokenless = await stage.Add("tokenless");
        var odd = await stage.Add("odd");
        await stage.Maria.Execute("UPDATE T_COMN_ORGANIZATION_DB_INFO SET DISUSE_FLAG = NULL WHERE PRIMARY_KEY = @key", stage.Database, ("@key", odd));
        await stage.Maria.Execute("UPDATE T_COMN_ORGANIZATION_DB_INFO SET GITLAB_TOKEN = NULL WHERE PRIMARY_KEY = @key", stage.Database, ("@key", tokenless));
        string[] all = [.. twins, off, deleted, tokenless, odd];
        var before = await Task.WhenAll(all.Select(key => stage.Row(key)));
        var run = await stage.Renew("--all");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(before, await Task.WhenAll(all.Select(key => stage.Row(key))));
        await stage.OnlyLives((await stage.Row(good, "GITLAB_USER"))!, await stage.Row(good));
        Assert.Contains("organization twin: failed. it has 2 active rows", run.Output, StringComparison.Ordinal);
        Assert.Contains("organization off: failed. its row", run.Output, StringComparison.Ordinal);
        Assert.Contains("has no GITLAB_USER", run.Output, StringComparison.Ordinal);
        Assert.Contains("holds no token", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("deleted", run.Output, StringComparison.Ordinal);
        foreach (var (id, why) in new[] { ("good ", "no row"), ("GOOD", "no row"), ("deleted", "it is deleted (DISUSE_FLAG='1')"), ("odd", "has DISUSE_FLAG NULL, neither") })
            Assert.Contains(why, (await stage.Renew("--organization", id)).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAFhYWFhYWFhYWFhYWFhYWFg=", "looks encrypted")]
    [InlineData("a value with blanks", "is no token")]
    [InlineData("{{ token }}", "is a template")]
    public async Task A_value_that_is_no_token_is_refused_before_anything_is_made(string held, string message)
    {
        await using var stage = await ExastroStage.Set();
        var key = await stage.Add("org");
        await stage.Maria.Execute("UPDATE T_COMN_ORGANIZATION_DB_INFO SET GITLAB_TOKEN = @held WHERE PRIMARY_KEY = @key", stage.Database, ("@held", held), ("@key", key));
        var run = await stage.Renew("--all", "--force");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Output + run.Errors, StringComparison.Ordinal);
        Assert.Equal(held, await stage.Row(key));
        Assert.Single(await stage.Living((await stage.Row(key, "GITLAB_USER"))!));
    }

    [Fact]
    public async Task A_column_that_is_too_short_gets_nothing_and_the_new_token_dies()
    {
        await using var stage = await ExastroStage.Set();
        var key = await stage.Add("org");
        await stage.Maria.Execute("ALTER TABLE T_COMN_ORGANIZATION_DB_INFO MODIFY GITLAB_TOKEN VARCHAR(60)", stage.Database);
        await stage.Maria.Execute("UPDATE T_COMN_ORGANIZATION_DB_INFO SET GITLAB_TOKEN = 'short' WHERE PRIMARY_KEY = @key; ALTER TABLE T_COMN_ORGANIZATION_DB_INFO MODIFY GITLAB_TOKEN VARCHAR(10)", stage.Database, ("@key", key));
        var run = await stage.Renew("--all");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("the column takes 10", run.Output, StringComparison.Ordinal);
        Assert.Equal("short", await stage.Row(key));
        Assert.Single(await stage.Living((await stage.Row(key, "GITLAB_USER"))!));
        Assert.False(Cli.Renewal.Journal.Exists(stage.Journal));
    }

    [Theory, InlineData("VARBINARY(255)", "varbinary"), InlineData("BLOB", "blob"), InlineData("INT", "int")]
    public async Task A_column_that_holds_no_text_is_refused_before_anything_is_made(string declared, string type)
    {
        await using var stage = await ExastroStage.Set();
        var key = await stage.Add("org");
        await stage.Maria.Execute("UPDATE T_COMN_ORGANIZATION_DB_INFO SET GITLAB_TOKEN = NULL", stage.Database);
        await stage.Maria.Execute($"ALTER TABLE T_COMN_ORGANIZATION_DB_INFO MODIFY GITLAB_TOKEN {declared}", stage.Database);
        var run = await stage.Renew("--all");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"the column is of the type {type}, which holds no text", run.Errors, StringComparison.Ordinal);
        Assert.Single(await stage.Living((await stage.Row(key, "GITLAB_USER"))!));
    }

    [Fact]
    public async Task A_table_that_changes_more_than_the_token_is_refused()
    {
        await using var stage = await ExastroStage.Set();
        var key = await stage.Add("org");
        var (before, rest) = (await stage.Row(key), await stage.Rest(key));
        await stage.Maria.Execute("CREATE TRIGGER touch BEFORE UPDATE ON T_COMN_ORGANIZATION_DB_INFO FOR EACH ROW SET NEW.NOTE = 'touched'", stage.Database);
        var run = await stage.Renew("--all");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("would change in another column, too (NOTE)", run.Output, StringComparison.Ordinal);
        Assert.Equal((before, rest), (await stage.Row(key), await stage.Rest(key)));
        await stage.OnlyLives((await stage.Row(key, "GITLAB_USER"))!, before);
    }

    [Fact]
    public async Task Only_the_row_itself_is_locked()
    {
        await using var stage = await ExastroStage.Set();
        var (mine, other) = (await stage.Add("mine"), await stage.Add("other"));
        await using var connection = await stage.Maria.Open(stage.Database);
        await using var transaction = await connection.BeginTransactionAsync();
        await using var locking = new MySqlCommand("UPDATE T_COMN_ORGANIZATION_DB_INFO SET NOTE = 'locked' WHERE PRIMARY_KEY = @key", connection, transaction);
        locking.Parameters.AddWithValue("@key", other);
        await locking.ExecuteNonQueryAsync();
        var run = await stage.Renew("--organization", "mine");
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        await transaction.RollbackAsync();
        await stage.OnlyLives((await stage.Row(mine, "GITLAB_USER"))!, await stage.Row(mine));
    }

    [Fact]
    public async Task A_run_on_another_machine_is_kept_out_by_the_database()
    {
        await using var stage = await ExastroStage.Set();
        await stage.Add("org");
        await using var connection = await stage.Maria.Open(null);
        await using var locking = new MySqlCommand("SELECT GET_LOCK(@name, 0)", connection);
        locking.Parameters.AddWithValue("@name", $"patrol renew {Cli.Renewal.Folders.NameFor(stage.Database.ToUpperInvariant())}");
        Assert.Equal(1L, Convert.ToInt64(await locking.ExecuteScalarAsync()));
        Assert.Contains("Another renewal works on mysql://", (await stage.Renew("--all")).Line(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_two_rows_share_lives_as_long_as_one_of_them_holds_it()
    {
        await using var stage = await ExastroStage.Set();
        var (one, two) = (await stage.Add("one"), await stage.Add("two"));
        var (user, token) = (await stage.Row(one, "GITLAB_USER"), await stage.Row(one));
        await stage.Maria.Execute("UPDATE T_COMN_ORGANIZATION_DB_INFO SET GITLAB_TOKEN = @token, GITLAB_USER = @user WHERE PRIMARY_KEY = @key", stage.Database, ("@token", token), ("@user", user), ("@key", two));
        var run = await stage.Renew("--organization", "one");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("is not revoked: 1 other row", run.Output, StringComparison.Ordinal);
        Assert.NotNull(await stage.Self(token));
        Assert.Equal(0, (await stage.Renew("--organization", "two")).ExitCode);
        Assert.Null(await stage.Self(token));
    }

    [Fact]
    public async Task Gitlab_switched_off_in_env_stops_everything()
    {
        await using var stage = await ExastroStage.Set();
        await File.WriteAllTextAsync(stage.Env, (await File.ReadAllTextAsync(stage.Env)).Replace("GITLAB_HOST=gitlab", "GITLAB_HOST="));
        var run = await stage.Renew("--root", "--env", stage.Env);
        Assert.Contains("GITLAB_HOST empty", run.Line(1), StringComparison.Ordinal);
        Assert.Single(await stage.Living(stage.Administrator));
    }

    [Fact]
    public async Task An_expired_root_token_is_told_with_two_ways_out_and_a_new_one_is_taken_from_standard_input()
    {
        await using var stage = await ExastroStage.Set();
        var key = await stage.Add("org");
        string[] arguments = ["renew", "exastro", "--gitlab", stage.GitLab.Address.ToString(), "--db", stage.Maria.Address(stage.Database), "--journal", stage.Journal, "--yes", "--settle", "0", "--root", "--env", stage.Env, "--all"];
        string[] environment = ["GITLAB_TOKEN=glpat-expired-long-ago", $"MYSQL_PWD={MariaServer.Password}"];
        var alive = await File.ReadAllTextAsync(stage.Env);
        await File.WriteAllTextAsync(stage.Env, alive.Replace(stage.AdministratorToken, "glpat-expired-long-ago"));
        var refused = await CliProcess.Run(stage.Folder.Path, arguments, "", environment);
        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("In the browser", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("gitlab-rails runner", refused.Errors, StringComparison.Ordinal);
        await File.WriteAllTextAsync(stage.Env, alive);
        // A second administrator's token stands for the one that was made by hand.
        await using var by = await ExastroStage.Set();
        var run = await CliProcess.Run(stage.Folder.Path, arguments, $"{by.AdministratorToken}\n", environment);
        Assert.True(run.ExitCode == 1, run.Output + run.Errors);
        Assert.Contains("holds token", run.Errors + run.Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(stage.Env, (await File.ReadAllTextAsync(stage.Env)).Replace(stage.AdministratorToken, "glpat-expired-long-ago"));
        run = await CliProcess.Run(stage.Folder.Path, arguments, $"{by.AdministratorToken}\n", environment);
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Equal(by.AdministratorToken, stage.RootInEnv());
        await stage.OnlyLives((await stage.Row(key, "GITLAB_USER"))!, await stage.Row(key));
    }

    [Fact]
    public async Task Wrong_usage_is_told_in_one_line()
    {
        await using var stage = await ExastroStage.Set();
        foreach (var (options, message) in new (string[], string)[]
        {
            ([], "--root, --organization ID, or --all"), (["--root"], "--env FILE"), (["--all", "--organization", "x"], "not both"), (["--organization", ""], "empty id"),
            (["--all", "--after", "true"], "add --root"), (["--all", "--lifetime", "soon"], "is no span"), (["--all", "--after-limit", "soon"], "no length of time"),
        })
            Assert.Contains(message, (await stage.Renew(options)).Line(2), StringComparison.Ordinal);
        Assert.Contains("password", (await stage.Run(["exastro", "--gitlab", "http://127.0.0.1:1", "--db", "mysql://u:p@127.0.0.1/ITA_DB", "--all", "--yes"])).Line(2), StringComparison.Ordinal);
    }
}
