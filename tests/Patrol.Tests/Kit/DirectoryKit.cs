using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Tests.Kit;

/// <summary>Fills a server with people, groups and projects.</summary>
public static class DirectoryKit
{
    /// <summary>The scopes of a token that may do everything.</summary>
    public static readonly string[] Api = ["api"];

    private static int count;

    /// <summary>A name that no other test uses.</summary>
    public static string Name(string start) => $"{start}-{Interlocked.Increment(ref count)}";

    /// <summary>Makes a person; answers the id.</summary>
    public static async Task<long> AddUser(this PatrolApp app, string? username = null, bool external = false)
    {
        username ??= Name("user");
        var (status, body) = await app.Client().Post("users", new
        {
            username,
            name = $"Name of {username}",
            email = $"{username}@example.org",
            force_random_password = true,
            external,
        });
        Assert.Equal(201, status);
        return body.GetProperty("id").GetInt64();
    }

    /// <summary>A client that calls as that user.</summary>
    public static async Task<HttpClient> As(this PatrolApp app, long userId, params string[] scopes) => app.Client(await app.AddToken(userId, scopes));

    /// <summary>Gives a user a token; answers its text.</summary>
    public static async Task<string> AddToken(this PatrolApp app, long userId, params string[] scopes)
    {
        var text = $"token-for-tests-{Guid.NewGuid():N}";
        await app.Give(text, string.Join(' ', scopes.Length == 0 ? ["api"] : scopes), userId);
        return text;
    }

    /// <summary>Gives a project or group a bot with a token; answers the bot's id and the token's text.</summary>
    public static async Task<(long Id, string Token)> AddBot(this PatrolApp app, bool isGroup, long resourceId)
    {
        var name = Name("bot");
        var bot = new User { Username = name, Name = name, Email = $"{name}@noreply.example.org", Kind = UserKind.Bot, BotResourceKind = isGroup ? 1 : 0, BotResourceId = resourceId };
        var id = await app.Services.GetRequiredService<Database>().Write(scope => UserSql.Insert(scope, bot, null, app.Clock.GetUtcNow()));
        return (id, await app.AddToken(id));
    }

    /// <summary>Makes a group as root; answers the id.</summary>
    public static async Task<long> AddGroup(this PatrolApp app, string? path = null, long? parent = null, string visibility = "private")
    {
        path ??= Name("group");
        var (status, body) = await app.Client().Post("groups", new { name = path, path, parent_id = parent, visibility });
        Assert.Equal((201, ""), (status, status == 201 ? "" : body.ToString()));
        return body.GetProperty("id").GetInt64();
    }

    /// <summary>Makes a project as root; answers the id.</summary>
    public static async Task<long> AddProject(this PatrolApp app, long? group = null, string? path = null, string visibility = "private")
    {
        path ??= Name("project");
        var (status, body) = await app.Client().Post("projects", new { path, namespace_id = group, visibility });
        Assert.Equal((201, ""), (status, status == 201 ? "" : body.ToString()));
        return body.GetProperty("id").GetInt64();
    }

    /// <summary>Makes somebody a member, as root.</summary>
    public static async Task AddMember(this PatrolApp app, string of, long userId, int level, string? expiresAt = null)
    {
        var (status, body) = await app.Client().Post($"{of}/members", new { user_id = userId, access_level = level, expires_at = expiresAt });
        Assert.Equal((201, ""), (status, status == 201 ? "" : body.ToString()));
    }

    /// <summary>The one value of a query on the server's database.</summary>
    public static Task<long> Count(this PatrolApp app, string sql) =>
        app.Services.GetRequiredService<Database>().Read(connection => connection.ExecuteScalarAsync<long>(sql));

    public static string Message(this (int Status, System.Text.Json.JsonElement Body) answer) => $"{answer.Status} {answer.Body}";

    /// <summary>One property of each element of a list.</summary>
    public static List<string> Each(this (int Status, System.Text.Json.JsonElement Body) answer, string property) =>
        [.. answer.Body.EnumerateArray().Select(one => one.GetProperty(property).ToString())];
}

/// <summary>One server for the tests of a class.</summary>
public sealed class SharedApp : IAsyncLifetime
{
    public PatrolApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await PatrolApp.Start();

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
