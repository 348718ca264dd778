using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Atlassian;

/// <summary>What Atlassian's tokens are to the rest of the server: tokens with all their owners' rights, in their owners' one list.</summary>
public sealed class OneListTests
{
    [Theory, ClassData(typeof(Engines))]
    public async Task An_Atlassian_token_works_at_the_door_and_as_bearer_on_GitLabs_API_with_its_owners_rights(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var user = await app.AddPerson("mia", "mias own password");
        var (id, text) = await app.Basic("mia", "mias own password").NewPat(days: 30);
        foreach (var scope in (string[])["", "?scope=api", "?scope=write_registry&scope=k8s_proxy"])
        {
            var door = await Door(app, text).Ask($"/auth/verify{scope}");
            Assert.Equal((204, "mia", id.ToString(), "api", "2026-12-22"), (door.Status, door.Header("X-Patrol-User"), door.Header("X-Patrol-Token-Id"), door.Header("X-Patrol-Scopes"), door.Header("X-Patrol-Expires-At")));
        }
        Assert.Equal(403, (await Door(app, text).Ask("/auth/verify?scope=sudo")).Status);
        using var gitLab = Door(app, text);
        Assert.Equal("mia", (await gitLab.Get("/api/v4/user")).Body.GetProperty("username").GetString());
        Assert.Equal(201, (await gitLab.Post("/api/v4/groups", new { name = "mias", path = "mias" })).Status);
        Assert.Equal(403, (await gitLab.Get("/api/v4/application/settings")).Status);

        // Rights follow the owner.
        await app.Client().Put($"users/{user}", new { admin = true });
        await app.Client().Put("application/settings", new { admin_mode = true });
        Assert.Equal(200, (await gitLab.Get("/api/v4/application/settings")).Status);
        Assert.Equal("root", (await gitLab.Get("/api/v4/user?sudo=root")).Body.GetProperty("username").GetString());
        Assert.Equal("api sudo admin_mode", (await Door(app, text).Ask("/auth/verify?scope=sudo")).Header("X-Patrol-Scopes"));
        await app.Client().Put("application/settings", new { admin_mode = false });
        await app.Client().Put($"users/{user}", new { admin = false });
        Assert.Equal(403, (await gitLab.Get("/api/v4/application/settings")).Status);
    }

    [Fact]
    public async Task It_shows_in_its_owners_list_and_is_revoked_there_but_neither_rotated_nor_prolonged()
    {
        await using var app = await PatrolApp.Start();
        var (id, text) = await app.Basic().NewPat("from jira", 30);
        var shown = (await app.Client().Get("personal_access_tokens?search=jira")).Body[0];
        Assert.Equal((id, "from jira", "2026-12-22"), (shown.Id(), shown.GetProperty("name").GetString(), shown.GetProperty("expires_at").GetString()));
        Assert.Equal("[\"api\",\"sudo\",\"admin_mode\"]", shown.GetProperty("scopes").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        var rotated = await app.Client().Ask(HttpMethod.Post, $"personal_access_tokens/{id}/rotate");
        Assert.Equal(400, rotated.Status);
        Assert.Contains("not rotated", rotated.Body, StringComparison.Ordinal);
        foreach (var action in (object[])[new { action = "extend", to = "2027-06-01", all = true }, new { action = "remove_expiry", all = true }])
            Assert.Equal(200, (await app.Client().Post("/api/patrol/v1/tokens/bulk", action)).Status);
        Assert.Equal("2026-12-22T12:00:00.000Z", (await app.Basic().Get($"{AtlassianKit.Tokens}/{id}")).Body.GetProperty("expiringAt").GetString());
        Assert.Equal(204, (await app.Client().Delete($"personal_access_tokens/{id}")).Status);
        (await app.Bearer(text).Ask("api/2/myself")).AssertError(401);
    }

    [Fact]
    public async Task GitLabs_rules_about_lifetimes_and_personal_tokens_do_not_touch_it()
    {
        await using var app = await PatrolApp.Start();
        var (_, text) = await app.Basic().NewPat();
        await app.Client().Put("application/settings", new { max_personal_access_token_lifetime = 10, disable_personal_access_tokens = true });
        app.Clock.Advance(TimeSpan.FromHours(4));
        await app.Services.GetRequiredService<Patrol.Server.Tokens.EndOverlongTokens>().Handle(app.Clock.GetUtcNow());
        Assert.Equal(200, (await app.Bearer(text).Get("api/2/myself")).Status);
    }

    [Fact]
    public async Task The_properties_bound_how_many_are_remembered_and_for_how_long_but_what_ends_a_token_ends_it_at_once()
    {
        await using var app = await PatrolApp.Start("-Datlassian.pats.auth.cache.max.items=2", "-Datlassian.pats.auth.cache.expiry.mins=10");
        var metrics = app.Services.GetRequiredService<Patrol.Server.Telemetry.Metrics>();
        var tokens = new List<(long Id, string Text)>();
        for (var number = 0; number < 5; number++)
            tokens.Add(await app.Basic().NewPat(days: 1));
        async Task<long> LookUps(string text)
        {
            var before = metrics.LookUps;
            Assert.Equal(204, (await Door(app, text).Ask("/auth/verify")).Status);
            return metrics.LookUps - before;
        }

        Assert.Equal(1, await LookUps(tokens[0].Text));
        Assert.Equal(0, await LookUps(tokens[0].Text));
        app.Clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, await LookUps(tokens[0].Text));
        app.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, await LookUps(tokens[0].Text));
        Assert.Equal(0, await LookUps(tokens[0].Text));
        foreach (var token in tokens)
            await LookUps(token.Text);
        Assert.Equal(1, await LookUps(tokens[0].Text));
        var cache = app.Services.GetRequiredService<Patrol.Server.Access.TokenCache>();
        // Besides the two there is root's own of GitLab's.
        Assert.InRange(cache.Count, 1, 3);

        await app.Client().Put("application/settings", new Dictionary<string, object> { ["atlassian.pats.auth.cache.expiry.mins"] = 0 });
        Assert.Equal(1, await LookUps(tokens[0].Text));
        Assert.Equal(1, await LookUps(tokens[0].Text));
        await app.Client().Put("application/settings", new Dictionary<string, object> { ["atlassian.pats.auth.cache.expiry.mins"] = 100_000 });
        Assert.Equal(204, (await Door(app, tokens[0].Text).Ask("/auth/verify")).Status);
        await app.Basic().Delete($"{AtlassianKit.Tokens}/{tokens[0].Id}");
        Assert.Equal(401, (await Door(app, tokens[0].Text).Ask("/auth/verify")).Status);
        await LookUps(tokens[1].Text);
        app.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(401, (await Door(app, tokens[1].Text).Ask("/auth/verify")).Status);
    }

    [Fact]
    public async Task Invented_texts_of_its_form_cost_no_look_up()
    {
        await using var app = await PatrolApp.Start();
        var metrics = app.Services.GetRequiredService<Patrol.Server.Telemetry.Metrics>();
        for (var number = 0; number < 100; number++)
        {
            var invented = Convert.ToBase64String([.. "123456789012:"u8, .. System.Security.Cryptography.RandomNumberGenerator.GetBytes(20)]);
            Assert.Equal(401, (await Door(app, invented).Ask("/auth/verify")).Status);
        }
        Assert.Equal(0, metrics.LookUps);
    }

    private static HttpClient Door(PatrolApp app, string token)
    {
        var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }
}
