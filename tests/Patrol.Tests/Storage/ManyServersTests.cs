using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Server.Start;
using Patrol.Server.Storage;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Storage;

/// <summary>Servers that share a PostgreSQL database, and a database that goes away.</summary>
public sealed class ManyServersTests
{
    private const string TokenText = "a-token-known-to-two-servers";

    [Fact]
    public async Task Servers_that_start_together_on_an_empty_database_both_come_up()
    {
        var database = await (await SharedPostgres.Get()).NewDatabase();
        using var folder = new TemporaryFolder();
        DataFolder.WritePrivate(folder["secret"], Convert.ToBase64String(new byte[32]));
        var apps = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
            PatrolApp.Start($"--database={database}", $"--secret-file={folder["secret"]}"))));
        await using var one = apps[0];
        await using var other = apps[1];
        Assert.Equal(200, (await one.Client().Get("version")).Status);
        Assert.Equal(200, (await other.Client().Get("version")).Status);
        Assert.Equal(1, await one.Store().Read(connection => connection.ExecuteScalarAsync<long>("SELECT count(*) FROM users")));
    }

    [Fact]
    public async Task A_server_whose_secret_does_not_fit_the_database_refuses_to_start()
    {
        await using var first = await PatrolApp.Start(Engine.PostgreSql);
        var database = ((PostgresDatabase)first.Store()).ConnectionString;
        var refused = await Assert.ThrowsAsync<StartException>(() => PatrolApp.Start($"--database={database}"));
        Assert.StartsWith("--secret-file: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("is not the secret that keys this database's tokens", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_revoked_at_one_server_stops_working_at_the_other()
    {
        await using var one = await PatrolApp.Start(Engine.PostgreSql);
        await using var other = await Beside(one);
        var token = await one.Give(TokenText);
        await Eventually.True(async () => (await other.Client(TokenText).Get("version")).Status == 200, "the other server knows the new token");
        await one.Revoke(token);
        await Eventually.True(async () => (await other.Client(TokenText).Get("version")).Status == 401, "the other server refuses the revoked token");
    }

    [Fact]
    public async Task Settings_changed_at_one_server_hold_at_the_other()
    {
        await using var one = await PatrolApp.Start(Engine.PostgreSql);
        await using var other = await Beside(one);
        await one.Change(settings => settings with { PersonalAccessTokenPrefix = "acme-" });
        var settings = other.Services.GetRequiredService<Patrol.Server.Settings.SettingsStore>();
        await Eventually.True(() => settings.Current.PersonalAccessTokenPrefix == "acme-", "the other server has read the settings");
    }

    [Fact]
    public async Task What_happened_while_a_server_did_not_hear_is_made_up_for()
    {
        var postgres = await SharedPostgres.Get();
        await using var one = await PatrolApp.Start(Engine.PostgreSql);
        await using var other = await Beside(one);
        var feed = other.Services.GetRequiredService<ChangeFeed>();
        var token = await one.Give(TokenText);
        await Eventually.True(async () => feed.IsTrusted && (await other.Client(TokenText).Get("version")).Status == 200, "the other server knows the new token");
        Assert.True(await postgres.CutListeners(((PostgresDatabase)one.Store()).ConnectionString) > 0);
        await one.Revoke(token);
        await Eventually.True(async () => feed.IsTrusted && (await other.Client(TokenText).Get("version")).Status == 401, "the other server hears again and refuses");
    }

    [Fact]
    public async Task A_silently_cut_line_ends_the_trust_in_what_is_remembered_and_a_mended_one_brings_it_back()
    {
        var postgres = await SharedPostgres.Get();
        await using var line = new TcpProxy(postgres.Port);
        var database = postgres.ConnectionString(new Npgsql.NpgsqlConnectionStringBuilder(await postgres.NewDatabase()).Database!, line.Port);
        await using var app = await PatrolApp.Start($"--database={database};Command Timeout=2;Cancellation Timeout=-1");
        var feed = app.Services.GetRequiredService<ChangeFeed>();
        await Eventually.True(() => feed.IsTrusted, "the feed is trusted");
        Assert.Equal(200, (await app.Client().Get("version")).Status);
        line.Swallows = true;
        await Eventually.True(() => !feed.IsTrusted, "the feed is no longer trusted");
        // It would have been answered from memory a moment ago.
        Assert.Equal(503, (await app.Client().Get("version")).Status);
        line.Swallows = false;
        await Eventually.True(async () => feed.IsTrusted && (await app.Client().Get("version")).Status == 200, "all is well again");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_database_that_is_away_is_told_as_that_and_works_again_when_it_is_back(bool crash)
    {
        await using var postgres = await PostgresServer.Start();
        var connection = await postgres.NewDatabase();
        await using var store = await TestStore.Open(connection);
        await using var app = await PatrolApp.Start($"--database={connection}");
        Assert.Equal(200, (await app.Client().Get("version")).Status);

        await (crash ? postgres.Kill() : postgres.Stop());
        await Assert.ThrowsAsync<DatabaseAwayException>(() => Users(store));
        await Assert.ThrowsAsync<DatabaseAwayException>(() => store.Database.Write(scope => scope.Execute("DELETE FROM audit")));
        var feed = app.Services.GetRequiredService<ChangeFeed>();
        await Eventually.True(() => !feed.IsTrusted, "the feed is no longer trusted");
        using (var answer = await app.Client().GetAsync(new Uri("version", UriKind.Relative)))
        {
            Assert.Equal(503, (int)answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.Equal("""{"message":"503 Service Unavailable"}""", await answer.Content.ReadAsStringAsync());
        }

        await postgres.StartAgain();
        Assert.Equal(1, await Users(store));
        await Eventually.True(async () => feed.IsTrusted && (await app.Client().Get("version")).Status == 200, "the server works again");
    }

    private static Task<long> Users(TestStore store) =>
        store.Database.Read(connection => connection.ExecuteScalarAsync<long>("SELECT count(*) FROM users"));

    private static Task<PatrolApp> Beside(PatrolApp first) => PatrolApp.Start(
        $"--database={((PostgresDatabase)first.Store()).ConnectionString}", $"--secret-file={Path.Combine(first.DataFolder, "secret")}");
}
