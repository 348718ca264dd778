using Microsoft.Extensions.DependencyInjection;
using Patrol.Server.Storage;
using Patrol.Tests.Kit;

namespace Patrol.Tests.AspNetCore;

/// <summary>How long a service that uses the package goes by an answer that it was given once.</summary>
public sealed class IntrospectionCacheTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly PatrolApp app = shared.App;

    [Fact]
    public async Task What_is_revoked_or_whose_owner_is_blocked_is_refused_as_soon_as_the_event_arrives()
    {
        // The service's clock stands still: nothing but an event makes it ask again.
        await using var api = await GuardedApi.Start(app, options => options.CacheDuration = TimeSpan.Zero);
        var user = await app.AddUser();
        var token = await app.Give("package-token-with-events-1", userId: user);
        await app.Give("package-token-with-events-2", userId: user);
        await api.HearEvents("package-token-with-events-1");
        await api.HearEvents("package-token-with-events-2");
        await app.Revoke(token);
        await Eventually.True(async () => await api.Status("package-token-with-events-1") == 401, "the revoked token is refused");
        Assert.Equal(200, await api.Status("package-token-with-events-2"));
        Assert.Equal(201, (await app.Client().Post($"users/{user}/block")).Status);
        await Eventually.True(async () => await api.Status("package-token-with-events-2") == 401, "the blocked user's token is refused");
        Assert.Equal(201, (await app.Client().Post($"users/{user}/unblock")).Status);
        await Eventually.True(async () => await api.Status("package-token-with-events-2") == 200, "the token is good again");
    }

    [Fact]
    public async Task Without_events_an_answer_is_used_for_the_configured_seconds()
    {
        await using var api = await GuardedApi.Start(app, withEvents: false);
        var token = await app.Give("package-token-without-events-1");
        Assert.Equal(200, await api.Status("package-token-without-events-1"));
        await app.Revoke(token);
        api.Clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal((200, 1), (await api.Status("package-token-without-events-1"), api.Questions));
        api.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal((401, 2), (await api.Status("package-token-without-events-1"), api.Questions));
        // That it is bad is remembered as long.
        Assert.Equal((401, 2), (await api.Status("package-token-without-events-1"), api.Questions));
        Assert.Contains("Warning Patrol: not hearing of revocations", api.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_events_an_answer_is_asked_for_again_after_minutes()
    {
        await using var api = await GuardedApi.Start(app, options => options.CacheDuration = TimeSpan.Zero);
        await app.Give("package-token-with-events-3");
        await api.HearEvents("package-token-with-events-3");
        api.Clock.Advance(TimeSpan.FromMinutes(5));
        var asked = api.Questions;
        await api.HearEvents("package-token-with-events-3");
        Assert.True(api.Questions > asked);
    }

    [Fact]
    public async Task An_answer_never_outlives_its_token()
    {
        await using var api = await GuardedApi.Start(app, options => options.CacheDuration = TimeSpan.FromHours(1), withEvents: false);
        await app.Give("package-token-that-ends-1", expiresAt: app.Clock.GetUtcNow() + TimeSpan.FromSeconds(3));
        Assert.Equal(200, await api.Status("package-token-that-ends-1"));
        api.Clock.Advance(TimeSpan.FromSeconds(2.999));
        Assert.Equal(200, await api.Status("package-token-that-ends-1"));
        // Even if the authority's clock is behind.
        api.Clock.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(401, await api.Status("package-token-that-ends-1"));
    }

    [Fact]
    public async Task Requests_with_the_same_token_at_the_same_time_ask_once()
    {
        await using var api = await GuardedApi.Start(app, withEvents: false);
        await app.Give("package-token-of-many-1");
        var release = api.HoldQuestions();
        var requests = Enumerable.Range(0, 50).Select(_ => api.Status("package-token-of-many-1")).ToList();
        await Eventually.True(() => api.Questions > 0, "the authority is asked");
        release();
        Assert.All(await Task.WhenAll(requests), status => Assert.Equal(200, status));
        Assert.Equal(1, api.Questions);
    }

    [Fact]
    public async Task What_is_remembered_is_bounded()
    {
        await using var api = await GuardedApi.Start(app, options => options.CacheCapacity = 10, withEvents: false);
        for (var i = 0; i < 30; i++)
        {
            await app.Give($"package-token-in-a-row-{i}");
            Assert.Equal(200, await api.Status($"package-token-in-a-row-{i}"));
        }
        Assert.Equal((200, 30), (await api.Status("package-token-in-a-row-29"), api.Questions));
        Assert.Equal((200, 31), (await api.Status("package-token-in-a-row-0"), api.Questions));
    }

    [Fact]
    public async Task An_authority_that_is_down_opens_nothing()
    {
        await using var own = await PatrolApp.Start();
        await using var api = await GuardedApi.Start(own);
        await own.Give("package-token-of-the-fallen-1");
        Assert.Equal(200, await api.Status("package-token-of-the-fallen-1"));
        await own.Stop();
        using var answer = await api.Get("/me", ("PRIVATE-TOKEN", "package-token-of-the-fallen-2"));
        Assert.Equal((503, "5"), ((int)answer.StatusCode, answer.Headers.RetryAfter?.ToString()));
        api.Clock.Advance(TimeSpan.FromSeconds(10));
        // What was heard of its being alive is over at the latest when the line is known to have ended.
        await Eventually.True(async () => await api.Status("package-token-of-the-fallen-1") == 503, "the remembered answer is over");
        Assert.Equal(200, await api.Status("/open", ("PRIVATE-TOKEN", "package-token-of-the-fallen-1")));
        Assert.Contains("Error Patrol: tokens cannot be verified", api.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("package-token-", api.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_is_cut_without_a_word_opens_nothing_for_longer_than_the_authority_is_taken_to_live()
    {
        await using var proxy = new TcpProxy(app.Address.Port);
        await using var api = await GuardedApi.Start(app, options =>
            (options.Authority, options.CacheDuration, options.Timeout) = (new Uri($"http://127.0.0.1:{proxy.Port}"), TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        var token = await app.Give("package-token-on-a-cut-line-1");
        await api.HearEvents("package-token-on-a-cut-line-1");
        proxy.Swallows = true;
        await app.Revoke(token);
        api.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(503, await api.Status("package-token-on-a-cut-line-1"));
        proxy.Swallows = false;
        await Eventually.True(async () => await api.Status("package-token-on-a-cut-line-1") == 401, "the line is back");
    }

    [Fact]
    public async Task An_authority_that_no_longer_hears_of_changes_itself_falls_silent_and_is_asked_each_time()
    {
        await using var own = await PatrolApp.Start();
        await using var api = await GuardedApi.Start(own, options => options.CacheDuration = TimeSpan.Zero);
        var token = await own.Give("package-token-of-the-deaf-1");
        await api.HearEvents("package-token-of-the-deaf-1");
        own.Services.GetRequiredService<ChangeFeed>().Distrust();
        await Eventually.True(
            async () =>
            {
                // Its last word may still have been on the way.
                api.Clock.Advance(TimeSpan.FromSeconds(5));
                var asked = api.Questions;
                return await api.Status("package-token-of-the-deaf-1") == 200 && api.Questions > asked;
            },
            "silence is noticed");
        await own.Revoke(token);
        Assert.Equal(401, await api.Status("package-token-of-the-deaf-1"));
        Assert.DoesNotContain("not hearing of revocations", api.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_that_the_authority_does_not_know_open_nothing_and_are_told_to_the_operator()
    {
        await using var api = await GuardedApi.Start(app, options => options.ClientSecret = "patrol-client-wrong");
        Assert.Equal(503, await api.Status(PatrolApp.RootToken));
        Assert.Contains("it does not know ClientId and ClientSecret (401)", api.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("patrol-client-wrong", api.Log, StringComparison.Ordinal);
    }
}
