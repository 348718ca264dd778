using System.Globalization;
using System.Text.Json;
using Patrol.Server.Users;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Users;

/// <summary>
/// Requests at the same moment: what one of them changes the other does not undo, and neither counts on what the other takes away.
/// With SQLite writers take turns, so it is PostgreSQL that these ask.
/// </summary>
public sealed class MeanwhileTests : IAsyncLifetime
{
    private const string WaitingForRows = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

    private PatrolApp app = null!;

    public async ValueTask InitializeAsync() => app = await PatrolApp.Start(Engine.PostgreSql);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory]
    [InlineData("PUT", "users/{0}?admin=false", "PUT", "users/{0}?admin=false")]
    [InlineData("POST", "users/{0}/block", "POST", "users/{0}/block")]
    [InlineData("DELETE", "users/{0}", "DELETE", "users/{0}")]
    [InlineData("PUT", "users/{0}?admin=false", "POST", "users/{0}/block")]
    public async Task Of_two_administrators_who_take_each_others_rights_one_always_remains(string method, string path, string otherMethod, string otherPath)
    {
        for (var round = 0; round < 15; round++)
        {
            await app.Store().Write(scope => scope.Execute("UPDATE users SET admin = 0"));
            var (one, other) = (await AddAdministrator(), await AddAdministrator());
            var (client, otherClient) = (await app.As(one), await app.As(other));
            var answers = await Task.WhenAll(
                client.Send(new HttpMethod(method), string.Format(CultureInfo.InvariantCulture, path, other)),
                otherClient.Send(new HttpMethod(otherMethod), string.Format(CultureInfo.InvariantCulture, otherPath, one)));
            Assert.Equal(1, await app.Count("SELECT count(*) FROM users WHERE admin = 1 AND state = 'active'"));
            // Nor has one waited for the other and the other for the one.
            Assert.All(answers, answer => Assert.Contains(answer.Status, (int[])[200, 201, 204, 401, 403]));
        }
    }

    [Fact]
    public async Task Of_two_owners_of_a_group_who_go_one_always_remains()
    {
        var group = await app.AddGroup();
        var (one, other) = (await app.AddUser(), await app.AddUser());
        await app.AddMember($"groups/{group}", one, 50);
        await app.AddMember($"groups/{group}", other, 50);
        Assert.Equal(204, (await app.Client().Delete($"groups/{group}/members/1")).Status);
        var goes = $"UPDATE members SET access_level = access_level - 10 WHERE resource_kind = 1 AND resource_id = {group} AND user_id = {one}";
        const string comesBack = "UPDATE members SET access_level = 50";
        foreach (var (method, path, refused) in ((HttpMethod, string, int)[])
            [(HttpMethod.Delete, $"groups/{group}/members/{other}", 403), (HttpMethod.Put, $"groups/{group}/members/{other}?access_level=30", 403), (HttpMethod.Delete, $"users/{other}", 409)])
        {
            Assert.Equal(refused, (await Meanwhile(goes, () => app.Client().Send(method, path))).Status);
            await app.Store().Write(scope => scope.Execute(comesBack));
        }
    }

    [Fact]
    public async Task What_another_request_changes_meanwhile_is_kept()
    {
        var (user, group) = (await AddAdministrator(), await app.AddGroup());
        Assert.Equal(200, (await Meanwhile($"UPDATE users SET admin = 0 WHERE id = {user}", () => app.Client().Put($"users/{user}", new { name = "Renamed" }))).Status);
        Assert.Equal(1, await app.Count($"SELECT count(*) FROM users WHERE id = {user} AND admin = 0 AND name = 'Renamed'"));

        await Keeps("namespaces", group, "description = 'new'", "name = 'Renamed'", HttpMethod.Put, $"groups/{group}?name=Renamed");
        var project = await app.AddProject(group);
        await Keeps("projects", project, "description = 'new'", "name = 'Renamed'", HttpMethod.Put, $"projects/{project}?name=Renamed");

        await app.AddMember($"groups/{group}", user, 30);
        var member = await app.Count($"SELECT id FROM members WHERE user_id = {user}");
        await Keeps("members", member, "expires_at = 1900000000000", "access_level = 20", HttpMethod.Put, $"groups/{group}/members/{user}?access_level=20");

        var hook = (await app.Client().Post("hooks", new { url = "https://example.org/one" })).Body.Id();
        await Keeps("hooks", hook, "description = 'new'", "name = 'Renamed'", HttpMethod.Put, $"hooks/{hook}?name=Renamed");

        var (_, made) = await app.Client().Post($"projects/{project}/access_tokens", new { name = "bot", scopes = DirectoryKit.Api, access_level = 30, expires_at = "2026-12-24" });
        var bot = made.GetProperty("user_id").GetInt64();
        await app.Store().Write(scope => scope.Execute($"UPDATE users SET external = 1 WHERE id = {bot}"));
        await Keeps("users", bot, "name = 'new'", "external = 0", HttpMethod.Post, $"projects/{project}/access_tokens/{made.Id()}/rotate");
    }

    private async Task Keeps(string table, long id, string theirs, string ours, HttpMethod method, string path)
    {
        var answer = await Meanwhile($"UPDATE {table} SET {theirs} WHERE id = {id}", () => app.Client().Send(method, path));
        Assert.InRange(answer.Status, 200, 201);
        Assert.Equal(1, await app.Count($"SELECT count(*) FROM {table} WHERE id = {id} AND {theirs} AND {ours}"));
    }

    // Another transaction has made the change, and is committed only when the request waits for it.
    private async Task<(int Status, JsonElement Body)> Meanwhile(string change, Func<Task<(int Status, JsonElement Body)>> request) => await await app.Store().Write(async scope =>
    {
        await scope.Execute(change);
        var answer = request();
        await Eventually.True(async () => answer.IsCompleted || await app.Count(WaitingForRows) > 0, "the request waits");
        return answer;
    });

    private Task<long> AddAdministrator()
    {
        var name = DirectoryKit.Name("administrator");
        var user = new User { Username = name, Name = name, Email = $"{name}@example.org", Kind = UserKind.Human, IsAdmin = true };
        return app.Store().Write(scope => UserSql.Insert(scope, user, null, app.Clock.GetUtcNow()));
    }
}
