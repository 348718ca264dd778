using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Storage;

/// <summary>
/// What one server does about a token the others heed, though they remember the token: within the two seconds that the product
/// promises, also when the line on which they hear of it is cut.
/// </summary>
public sealed class PropagationTests(ITestOutputHelper output)
{
    private const int Revocations = 200;

    [Fact]
    public async Task A_token_revoked_at_one_server_is_refused_by_the_other_that_remembered_it()
    {
        await using var servers = await Neighbours.Start(await SharedPostgres.Get());
        var times = new List<TimeSpan>();
        for (var number = 0; number < Revocations; number++)
        {
            var text = $"a-token-to-be-revoked-{number}";
            var token = await servers.One.Give(text);
            await servers.Remember(text);
            Assert.Equal(204, (await servers.One.Client().Delete($"personal_access_tokens/{token.Id}")).Status);
            var since = Stopwatch.GetTimestamp();
            await Within(async () => await Neighbours.Verify(servers.Other, text) != 204);
            times.Add(Stopwatch.GetElapsedTime(since));
        }
        times.Sort();
        output.WriteLine($"p50 {times[times.Count / 2].TotalMilliseconds:0.0} ms, p99 {times[times.Count * 99 / 100].TotalMilliseconds:0.0} ms, worst {times[^1].TotalMilliseconds:0.0} ms");
    }

    [Fact]
    public async Task A_user_blocked_at_one_server_is_refused_by_the_other_and_let_in_again_after_it_is_undone()
    {
        await using var servers = await Neighbours.Start(await SharedPostgres.Get());
        var user = await servers.One.AddUser();
        var token = await servers.One.AddToken(user);
        await servers.Remember(token);
        Assert.Equal(201, (await servers.One.Client().Post($"users/{user}/block")).Status);
        await Within(async () => await Neighbours.Verify(servers.Other, token) == 403);
        Assert.Equal(201, (await servers.One.Client().Post($"users/{user}/unblock")).Status);
        await Eventually.True(async () => await Neighbours.Verify(servers.Other, token) == 204, "the token works again");
    }

    [Fact]
    public async Task A_token_rotated_at_one_server_is_refused_by_the_other_and_its_successor_works_there()
    {
        await using var servers = await Neighbours.Start(await SharedPostgres.Get());
        const string old = "a-token-to-be-rotated-elsewhere";
        var token = await servers.One.Give(old);
        await servers.Remember(old);
        var (status, rotated) = await servers.One.Client().Post($"personal_access_tokens/{token.Id}/rotate");
        Assert.Equal(200, status);
        Assert.Equal(204, await Neighbours.Verify(servers.Other, rotated.GetProperty("token").GetString()!));
        await Within(async () => await Neighbours.Verify(servers.Other, old) == 401);
    }

    [Fact]
    public async Task Given_texts_made_at_one_server_work_at_the_other_however_many_are_made_at_once()
    {
        await using var servers = await Neighbours.Start(await SharedPostgres.Get());
        var texts = Enumerable.Range(0, 60).Select(number => $"a-text-made-at-the-same-moment-{number}").ToList();
        await Task.WhenAll(texts.Select(async (text, number) =>
        {
            var maker = number % 2 == 0 ? servers.One : servers.Other;
            Assert.Equal(201, (await maker.Client().Post("/api/patrol/v1/tokens", new { user = "root", name = text, scopes = DirectoryKit.Api, token = text })).Status);
            // Where it was made it works from the answer on.
            Assert.Equal(204, await Neighbours.Verify(maker, text));
        }));
        foreach (var text in texts)
        {
            await Eventually.True(async () => await Neighbours.Verify(servers.One, text) == 204, "the token works at one server");
            await Eventually.True(async () => await Neighbours.Verify(servers.Other, text) == 204, "the token works at the other");
        }
    }

    [Fact]
    public async Task Settings_changed_at_one_server_hold_at_the_other_and_two_changes_at_once_both_count()
    {
        await using var servers = await Neighbours.Start(await SharedPostgres.Get());
        for (var round = 1; round <= 10; round++)
        {
            var answers = await Task.WhenAll(
                servers.One.Client().Put("application/settings", new { personal_access_token_prefix = $"acme{round}-" }),
                servers.Other.Client().Put("application/settings", new { max_personal_access_token_lifetime = 100 + round }));
            Assert.All(answers, answer => Assert.Equal(200, answer.Status));
            foreach (var app in (PatrolApp[])[servers.One, servers.Other])
            {
                var settings = app.Services.GetRequiredService<SettingsStore>();
                await Within(() => Task.FromResult(settings.Current.PersonalAccessTokenPrefix == $"acme{round}-" && settings.Current.MaxPersonalAccessTokenLifetime == 100 + round));
            }
        }
    }

    [Fact]
    public async Task A_revocation_while_the_line_for_changes_is_ended_is_heeded_all_the_same()
    {
        var postgres = await SharedPostgres.Get();
        await using var servers = await Neighbours.Start(postgres);
        for (var round = 0; round < 5; round++)
        {
            var text = $"a-token-of-an-ended-line-{round}";
            var token = await servers.One.Give(text);
            await servers.Remember(text);
            Assert.True(await postgres.CutListeners(((PostgresDatabase)servers.One.Store()).ConnectionString) > 0);
            await servers.One.Revoke(token);
            await Within(async () => await Neighbours.Verify(servers.Other, text) == 401);
            await servers.Hear();
        }
    }

    [Fact]
    public async Task A_revocation_while_the_line_is_silently_dead_is_not_missed_for_longer_than_promised()
    {
        var postgres = await SharedPostgres.Get();
        await using var line = new TcpProxy(postgres.Port);
        await using var servers = await Neighbours.Start(postgres, line);
        const string text = "a-token-of-a-silently-dead-line";
        var token = await servers.One.Give(text);
        await servers.Remember(text);
        line.Swallows = true;
        await servers.One.Revoke(token);
        var last = await servers.LastAccepted(text);
        output.WriteLine($"last accepted {last.TotalMilliseconds:0} ms after the revocation");
        Assert.InRange(last, TimeSpan.Zero, Neighbours.Promised);
        line.Swallows = false;
        await servers.Hear();
        Assert.Equal(401, await Neighbours.Verify(servers.Other, text));
    }

    [Fact]
    public async Task Words_of_an_unknown_kind_on_the_channel_make_a_server_forget_everything_and_nothing_worse()
    {
        await using var servers = await Neighbours.Start(await SharedPostgres.Get());
        foreach (var words in (string[])["", "nonsense", "{}", "null", """{"Node":null}""", """{"Node":"x","Tokens":["a"]}"""])
            await servers.One.Store().Write(scope => scope.Execute("SELECT pg_notify(@Channel, @words)", new { PostgresDatabase.Channel, words }));
        const string text = "a-token-after-unknown-words";
        var token = await servers.One.Give(text);
        await servers.Remember(text);
        await servers.One.Revoke(token);
        await Within(async () => await Neighbours.Verify(servers.Other, text) == 401);
    }

    // By when a question was sent: how long an answer is on its way on a busy machine is nobody's promise.
    private static async Task Within(Func<Task<bool>> question)
    {
        var since = Stopwatch.GetTimestamp();
        for (var sent = TimeSpan.Zero; !await question(); sent = Stopwatch.GetElapsedTime(since))
            Assert.True(sent < Neighbours.Promised, "It took longer than the product promises.");
    }
}
