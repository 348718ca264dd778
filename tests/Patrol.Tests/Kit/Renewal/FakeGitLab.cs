using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Patrol.Tests.Kit.Renewal;

/// <summary>
/// A small GitLab 15.11, as far as renewal asks it: tokens of users, without an endpoint to rotate them. It can be made to fail in
/// the ways in which real ones do, and remembers every request. Also has CI/CD variables.
/// </summary>
internal sealed class FakeGitLab : IAsyncDisposable
{
    public const string Administrator = "glpat-administrator-of-15";

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, FakeToken> tokens = new(StringComparer.Ordinal);
    private int last;

    private FakeGitLab(WebApplication app) => this.app = app;

    public string Address { get; private set; } = "";

    public ConcurrentDictionary<string, (long Id, string State)> Users { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Looks at a request first; a status it answers instead, or null. Asked with "POST personal_access_tokens" and the like.</summary>
    public Func<string, int?> Fault { get; set; } = _ => null;

    /// <summary>Changes what a new token is.</summary>
    public Func<FakeToken, FakeToken> Twist { get; set; } = token => token;

    /// <summary>The id that the answer to making a token names instead of its own.</summary>
    public long? NamesInstead { get; set; }

    /// <summary>Makes the token, and hangs up without an answer.</summary>
    public bool HangsUpAfterMaking { get; set; }

    /// <summary>Makes the token, and never answers.</summary>
    public bool KeepsSilentAfterMaking { get; set; }

    /// <summary>Never answers, and makes the token only when another is asked for.</summary>
    public bool MakesOneLate { get; set; }

    /// <summary>What was to be made late.</summary>
    private Action makeLate = () => { };

    /// <summary>Signs in with a token, as a holder that has read it before.</summary>
    public void Use(string text) => tokens[text] = tokens[text] with { LastUsedAt = DateTimeOffset.UtcNow };

    public IEnumerable<FakeToken> Living => tokens.Values.Where(token => !token.Revoked);

    public static async Task<FakeGitLab> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var fake = new FakeGitLab(app);
        fake.Users["root"] = (1, "active");
        fake.Give(Administrator, 1, ["api", "sudo", "write_repository"], DateOnly.FromDateTime(DateTime.UtcNow.AddDays(300)));
        app.Run(fake.Answer);
        await app.StartAsync();
        fake.Address = app.Urls.First();
        return fake;
    }

    public FakeToken Give(string text, long userId, string[] scopes, DateOnly? expiresOn)
    {
        var token = new FakeToken(Interlocked.Increment(ref last), userId, text, $"given {text.Length}", scopes, expiresOn, false);
        tokens[text] = token;
        return token;
    }

    public FakeToken? Find(string text) => tokens.GetValueOrDefault(text);

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task Answer(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments("/repo.git"))
        {
            await Repository(context);
            return;
        }
        var path = context.Request.Path.Value!["/api/v4/".Length..];
        var kind = $"{context.Request.Method} {path.Split('/')[path.StartsWith("users/", StringComparison.Ordinal) ? ^1 : 0]}";
        Requests.Enqueue($"{context.Request.Method} {path}{context.Request.QueryString}");
        if (Fault(kind) is { } status)
        {
            await Json(context, status, new { message = $"{status} on purpose" });
            return;
        }
        if (tokens.GetValueOrDefault(context.Request.Headers["PRIVATE-TOKEN"].ToString()) is not { Revoked: false } caller || caller.ExpiresOn <= DateOnly.FromDateTime(DateTime.UtcNow))
        {
            await Json(context, 401, new { message = "401 Unauthorized" });
            return;
        }
        Use(caller.Text);
        switch (context.Request.Method, path.Split('/'))
        {
            case ("GET", ["personal_access_tokens", "self"]):
                await Json(context, 200, Shown(caller));
                break;
            case ("GET", ["personal_access_tokens"]) when caller.UserId == 1:
                var userId = long.Parse(context.Request.Query["user_id"]!, CultureInfo.InvariantCulture);
                await Json(context, 200, Living.Where(token => token.UserId == userId).OrderBy(token => token.Id).Select(token => Shown(token)));
                break;
            case ("DELETE", ["personal_access_tokens", var id]) when caller.UserId == 1:
                foreach (var token in tokens.Values.Where(token => $"{token.Id}" == id).ToList())
                    tokens[token.Text] = token with { Revoked = true };
                context.Response.StatusCode = 204;
                break;
            case ("GET", ["user"]):
                await Json(context, 200, User(Users.First(user => user.Value.Id == caller.UserId)));
                break;
            case ("GET", ["users"]):
                await Json(context, 200, Users.Where(user => user.Key == context.Request.Query["username"]).Select(User));
                break;
            case ("GET", ["users", var id]):
                await Json(context, 200, User(Users.First(user => $"{user.Value.Id}" == id)));
                break;
            case ("POST", ["users", var id, "personal_access_tokens"]) when caller.UserId == 1:
                await Make(context, long.Parse(id, CultureInfo.InvariantCulture));
                break;
            case ("GET" or "PUT", ["projects", _, "variables", var key]) when Variables.ContainsKey(key):
                if (context.Request.Method == "PUT")
                    Variables[key] = (await JsonDocument.ParseAsync(context.Request.Body)).RootElement.GetProperty("value").GetString()!;
                await Json(context, 200, new { key, value = Variables[key], masked = true, environment_scope = "*" });
                break;
            default:
                await Json(context, caller.UserId == 1 ? 404 : 403, new { message = "no such thing here" });
                break;
        }
    }

    private async Task Make(HttpContext context, long userId)
    {
        var body = (await JsonDocument.ParseAsync(context.Request.Body)).RootElement;
        var expires = body.TryGetProperty("expires_at", out var day) ? DateOnly.Parse(day.GetString()!, CultureInfo.InvariantCulture) : (DateOnly?)null;
        var made = Twist(new FakeToken(
            Interlocked.Increment(ref last), userId, $"glpat-{Guid.NewGuid():N}"[..26], body.GetProperty("name").GetString()!, [.. body.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()!)], expires, false));
        makeLate();
        if (MakesOneLate)
        {
            MakesOneLate = false;
            makeLate = () => tokens[made.Text] = made;
            await Silence(context);
            return;
        }
        tokens[made.Text] = made;
        if (KeepsSilentAfterMaking)
        {
            KeepsSilentAfterMaking = false;
            await Silence(context);
            return;
        }
        if (HangsUpAfterMaking)
        {
            HangsUpAfterMaking = false;
            context.Abort();
            return;
        }
        await Json(context, 201, Shown(made with { Id = NamesInstead ?? made.Id }, made.Text));
    }

    private static async Task Silence(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }

    // What a plain web server shows of a repository; git reads it after signing in.
    private async Task Repository(HttpContext context)
    {
        var login = context.Request.Headers.Authorization.ToString();
        var text = login.StartsWith("Basic ", StringComparison.Ordinal) ? System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(login["Basic ".Length..])) : "";
        if (!text.StartsWith("oauth2:", StringComparison.Ordinal) || Find(text["oauth2:".Length..]) is not { Revoked: false })
            context.Response.StatusCode = 401;
        else
            await context.Response.WriteAsync(context.Request.Path.Value!.EndsWith("/info/refs", StringComparison.Ordinal) ? $"{new string('a', 40)}\trefs/heads/main\n" : "ref: refs/heads/main\n");
    }

    private static object User(KeyValuePair<string, (long Id, string State)> user) => new { id = user.Value.Id, username = user.Key, state = user.Value.State, is_admin = user.Value.Id == 1 };

    private static object Shown(FakeToken token, string? text = null) => new
    {
        id = token.Id,
        name = token.Name,
        revoked = token.Revoked,
        created_at = "2026-01-01T00:00:00.000Z",
        last_used_at = token.LastUsedAt,
        scopes = token.Scopes,
        user_id = token.UserId,
        active = !token.Revoked,
        expires_at = token.ExpiresOn?.ToString("yyyy-MM-dd"),
        token = text,
    };

    private static Task Json(HttpContext context, int status, object body)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(body);
    }
}

/// <summary>A token of the fake.</summary>
internal sealed record FakeToken(long Id, long UserId, string Text, string Name, string[] Scopes, DateOnly? ExpiresOn, bool Revoked)
{
    public DateTimeOffset? LastUsedAt { get; init; }
}
