using System.Text.RegularExpressions;
using Patrol.Core.Tokens;
using Patrol.Server.Users;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Conformance;

/// <summary>Admin Mode, on every endpoint the server has.</summary>
public sealed class AdminModeTests
{
    private const string WithoutMode = "admin-without-mode-1", WithMode = "admin-with-mode-00001";

    [Fact]
    public async Task While_it_is_on_an_administrator_without_its_scope_is_told_what_anybody_is_told_and_one_with_it_is_not()
    {
        await using var app = await PatrolApp.Start();
        var ordinary = await app.AddToken(await app.AddUser(), "api");
        await app.Give(WithoutMode, "api");
        await app.Give(WithMode, "api admin_mode");
        var third = await app.AddUser();
        await app.Client().Put("application/settings", new { admin_mode = true });
        var wrong = new List<string>();
        var restricted = 0;
        foreach (var endpoint in app.Endpoints().Where(one => !one.Pattern.Contains("/self", StringComparison.Ordinal)))
        {
            var things = await Things.Of(app, third);
            var told = await Ask(app, ordinary, endpoint, things);
            var toldAdmin = await Ask(app, WithoutMode, endpoint, things);
            var same = told.Status < 300
                ? toldAdmin.Status == told.Status && Shape(told) == Shape(toldAdmin)
                : Forget(told.ToString()) == Forget(toldAdmin.ToString());
            if (!same)
                wrong.Add($"{endpoint}: {told} but administrator without the scope {toldAdmin}");
            if (told.Status is not (401 or 403 or 404))
                continue;
            restricted++;
            var toldWithMode = await Ask(app, WithMode, endpoint, things);
            if (toldWithMode.ToString() == told.ToString())
                wrong.Add($"{endpoint}: {toldWithMode} with the scope");
        }
        Assert.Equal([], wrong);
        Assert.True(restricted > 40, $"{restricted} endpoints are restricted");
    }

    [Fact]
    public async Task While_it_is_off_its_scope_is_not_needed()
    {
        await using var app = await PatrolApp.Start();
        await app.Give(WithoutMode, "api");
        Assert.Equal(200, (await app.Client(WithoutMode).Ask("application/settings")).Status);
    }

    [Fact]
    public async Task Its_scope_makes_nobody_an_administrator()
    {
        await using var app = await PatrolApp.Start();
        var token = await app.AddToken(await app.AddUser(), "api", "admin_mode");
        await app.Client().Put("application/settings", new { admin_mode = true });
        Assert.Equal(403, (await app.Client(token).Ask("application/settings")).Status);
    }

    private static Task<RawAnswer> Ask(PatrolApp app, string token, ApiEndpoint endpoint, Things things)
    {
        var name = DirectoryKit.Name("mode");
        var body = endpoint.Method is "POST" or "PUT"
            ? RawAnswers.Body($$"""
                {"name":"{{name}}","path":"{{name}}","username":"{{name}}","email":"{{name}}@example.org","force_random_password":true,
                 "scopes":["k8s_proxy"],"access_level":10,"expires_at":"2026-12-01"}
                """)
            : null;
        return app.Client(token).Ask(new HttpMethod(endpoint.Method), endpoint.Path(parameter => things.Value(endpoint, parameter)), body);
    }

    // Lists of different lengths have the same shape; so have answers with other names in them.
    private static string Shape(RawAnswer answer) =>
        answer.Body.StartsWith('[') ? (answer.Json.GetArrayLength() == 0 ? "[]" : string.Join(',', answer.Json[0].Keys())) : answer.Body.StartsWith('{') ? string.Join(',', answer.Json.Keys()) : answer.Body;

    private static string Forget(string told) => Regex.Replace(told, "\"400 Bad request - .* cannot delete", "\"400 Bad request - X cannot delete");

    /// <summary>What belongs to somebody else.</summary>
    private sealed record Things(long User, long Group, long Project, long Token, long Impersonation, long GroupToken, long ProjectToken)
    {
        public static async Task<Things> Of(PatrolApp app, long user)
        {
            var client = app.Client(await app.AddToken(user));
            var name = DirectoryKit.Name("third");
            var group = (await client.Post("groups", new { name, path = name })).Body.Id();
            var project = (await client.Post("projects", new { path = name, namespace_id = group })).Body.Id();
            async Task<long> Bot(string of) =>
                (await client.Post($"{of}/access_tokens", new { name, scopes = (string[])["api"], access_level = 10 })).Body.Id();
            var target = await app.Store().Write(scope => UserSql.Insert(
                scope, new User { Username = name + "u", Name = name, Email = $"{name}@example.com" }, null, app.Clock.GetUtcNow()));
            return new Things(
                target, group, project, (await app.Give($"third-token-{name}-00000000", userId: target)).Id,
                (await app.Give($"third-acting-{name}-0000000", userId: target, kind: TokenKind.Impersonation)).Id, await Bot($"groups/{group}"), await Bot($"projects/{project}"));
        }

        public string Value(ApiEndpoint endpoint, string parameter)
        {
            var area = endpoint.Pattern.Split('/')[1];
            return (parameter switch
            {
                "impersonation_token_id" => Impersonation,
                "token_id" => area == "groups" ? GroupToken : ProjectToken,
                "user_id" => User,
                "id" when area is "groups" or "namespaces" => Group,
                "id" when area == "projects" => Project,
                "id" when area == "users" => User,
                _ => Token,
            }).ToString();
        }
    }
}
