using System.Diagnostics;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Doors;

/// <summary>The recipe for Git over HTTP: real nginx, fcgiwrap, git http-backend and git.</summary>
public sealed class GitTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly List<IAsyncDisposable> running = [];
    private PatrolApp app = null!;
    private Uri address = null!;
    private int clones;

    public async ValueTask InitializeAsync()
    {
        Recipe.Needs("nginx", "fcgiwrap", "git", "git-http-backend");
        app = await PatrolApp.Start("--Patrol:Ban:MaximumFailures=5", "--Patrol:Ban:ExemptLoopback=false");
        running.Add(app);
        running.Add(await Recipe.FcgiWrap(folder));
        var port = Recipe.FreePort();
        running.Add(await Recipe.Nginx(folder, port, Recipe.Text(
            "nginx/git.conf", ("127.0.0.1:7280", $"127.0.0.1:{app.Address.Port}"), ("127.0.0.1:8081", $"127.0.0.1:{port}"), ("/srv/git", folder["git"]),
            ("unix:/run/fcgiwrap.socket", $"unix:{folder["fcgiwrap.socket"]}"))));
        address = new Uri($"http://127.0.0.1:{port}/");
    }

    [Fact]
    public async Task Scopes_and_access_levels_decide_who_pulls_and_pushes()
    {
        var group = await app.AddGroup("team");
        await AddRepository(group, "team", "app", "private");
        var users = new Dictionary<int, long>();
        foreach (var level in (int[])[0, 10, 20, 30, 40])
        {
            users[level] = await app.AddUser();
            if (level > 0)
                await app.AddMember("projects/team%2Fapp", users[level], level);
        }
        foreach (var (level, scopes, pulls, pushes) in (((int Level, string Scopes, int Pull, int Push)[])
        [
            (40, "read_repository", 200, 403), (40, "write_repository", 200, 200), (40, "api", 200, 200), (40, "read_api", 200, 403), (40, "read_user", 403, 403),
            (30, "write_repository", 200, 200), (30, "read_repository", 200, 403), (20, "write_repository", 200, 403), (20, "api", 200, 403), (20, "read_repository", 200, 403),
            (10, "api", 403, 403), (0, "api", 404, 404), (0, "read_user", 403, 403),
        ]))
        {
            var token = await app.AddToken(users[level], scopes);
            Assert.Equal((level, scopes, pulls, pushes), (level, scopes, await Pull("team/app", token), await Push("team/app", token)));
        }
        Assert.Equal((401, 401), (await Pull("team/app", null), await Push("team/app", null)));
        Assert.Equal((401, 404), (await Pull("team/missing", null), await Pull("team/missing", await app.AddToken(users[40], "api"))));
        // An administrator who is no member.
        Assert.Equal(200, await Push("team/app", PatrolApp.RootToken));
        var (_, bot) = await app.AddBot(isGroup: false, (await app.Client().Get("projects/team%2Fapp")).Body.GetProperty("id").GetInt64());
        Assert.Equal(404, await Pull("team/app", bot));
    }

    [Fact]
    public async Task Public_projects_are_pulled_without_a_token_and_internal_ones_with_any()
    {
        var group = await app.AddGroup("open", visibility: "public");
        await AddRepository(group, "open", "shown", "public");
        await AddRepository(group, "open", "inner", "internal");
        var (stranger, external) = (await app.AddToken(await app.AddUser(), "read_repository"), await app.AddToken(await app.AddUser(external: true), "read_repository"));
        Assert.Equal((200, 401), (await Pull("open/shown", null), await Push("open/shown", null)));
        Assert.Equal((401, 200, 404), (await Pull("open/inner", null), await Pull("open/inner", stranger), await Pull("open/inner", external)));
        Assert.Equal(403, await Push("open/shown", await app.AddToken(await app.AddUser(), "write_repository")));
        // git sends what it has only when it is asked to; who does send it must be good.
        Assert.Equal((401, 403), (await Status("open/shown", "a-token-that-nobody-made"), await Status("open/shown", await app.AddToken(await app.AddUser(), "read_user"))));
    }

    [Fact]
    public async Task A_clone_a_push_larger_than_a_buffer_and_a_fetch_go_through_with_any_user_name()
    {
        var group = await app.AddGroup("big");
        await AddRepository(group, "big", "app", "private");
        var developer = await app.AddUser();
        await app.AddMember("projects/big%2Fapp", developer, 30);
        var token = await app.AddToken(developer, "write_repository");
        var (one, other) = (folder["one"], folder["other"]);
        await Git(0, "clone", "-q", Url("big/app", "whatever", token), one);
        await Git(0, "clone", "-q", Url("big/app", "oauth2", token), other);
        var noise = new byte[3_000_000];
        Random.Shared.NextBytes(noise);
        await File.WriteAllBytesAsync(Path.Combine(one, "noise"), noise);
        await Git(0, "-C", one, "add", ".");
        await Git(0, "-C", one, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "noise");
        await Git(0, "-C", one, "push", "-q", "origin", "HEAD:main");
        await Git(0, "-C", other, "pull", "-q");
        Assert.Equal(noise, await File.ReadAllBytesAsync(Path.Combine(other, "noise")));
        await Git(0, "-C", other, "fetch", "-q");
    }

    [Fact]
    public async Task Expired_revoked_and_blocked_are_asked_for_another_password()
    {
        var group = await app.AddGroup("ends");
        await AddRepository(group, "ends", "app", "private");
        var (user, blocked) = (await app.AddUser(), await app.AddUser());
        await app.AddMember("groups/ends", user, 30);
        await app.AddMember("groups/ends", blocked, 30);
        await app.Give("git-token-that-has-expired", userId: user, expiresAt: app.Clock.GetUtcNow());
        var revoked = await app.Give("git-token-that-is-revoked", userId: user);
        var stays = await app.AddToken(blocked, "api");
        Assert.Equal((200, 200), (await Pull("ends/app", "git-token-that-is-revoked"), await Pull("ends/app", stays)));
        await app.Revoke(revoked);
        Assert.Equal(201, (await app.Client().Post($"users/{blocked}/block")).Status);
        foreach (var token in (string[])["git-token-that-has-expired", "git-token-that-is-revoked", stays, "git-token-that-nobody-made"])
        {
            using var answer = await Ask("ends/app", "git-upload-pack", token);
            Assert.Equal((401, "Basic realm=\"Patrol\""), ((int)answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()));
        }
        // git forgets a password that was refused, and asks its helper for another one.
        var good = await app.AddToken(user, "read_repository");
        foreach (var (token, exitCode, asked) in ((string, int, string)[])[("git-token-that-has-expired", 128, "get\nerase\n"), (good, 0, "get\nstore\n")])
        {
            File.Delete(folder["asked"]);
            await File.WriteAllTextAsync(folder["helper"], $"echo $1 >>{folder["asked"]}\n[ \"$1\" = get ] || exit 0\nprintf 'username=any\\npassword={token}\\n'\n");
            await Git(exitCode, "-c", $"credential.helper=!sh {folder["helper"]}", "clone", "-q", new Uri(address, "ends/app.git").ToString(), folder[$"asked-{exitCode}"]);
            Assert.Equal(asked, await File.ReadAllTextAsync(folder["asked"]));
        }
    }

    [Fact]
    public async Task Somebody_who_guesses_tokens_is_shut_out()
    {
        var group = await app.AddGroup("guess");
        await AddRepository(group, "guess", "app", "private");
        var token = await app.AddToken(1, "api");
        for (var guess = 0; guess < 4; guess++)
            Assert.Equal(401, await Status("guess/app", $"a-guess-of-somebody-no-{guess}"));
        Assert.Equal(200, await Pull("guess/app", token));
        for (var guess = 0; guess < 5; guess++)
            Assert.Equal(401, await Status("guess/app", $"a-guess-of-somebody-no-{guess}"));
        Assert.Equal((403, 403), (await Pull("guess/app", "another-guess-of-somebody"), await Pull("guess/app", token)));
        app.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(200, await Pull("guess/app", token));
    }

    [Theory]
    [InlineData("GET", "/shop/app.git/HEAD")]
    [InlineData("GET", "/shop/app.git/info/refs")]
    [InlineData("GET", "/shop/app.git/info/refs?service=git-upload-pack&service=git-receive-pack")]
    [InlineData("GET", "/shop/app.git/info/refs?x=1&service=git-upload-pack")]
    [InlineData("GET", "/shop/app.git/info/refs?service=git-upload-archive")]
    [InlineData("GET", "/shop/app.git/git-receive-pack")]
    [InlineData("POST", "/shop/app.git/info/refs?service=git-upload-pack")]
    [InlineData("POST", "/shop/app.git/git-receive-pack?service=git-upload-pack")]
    [InlineData("GET", "/shop/app.git/../hidden.git/info/refs?service=git-upload-pack")]
    [InlineData("GET", "/shop/app.git/%2e%2e/hidden.git/info/refs?service=git-upload-pack")]
    [InlineData("GET", "/shop/app.git%2f..%2fhidden.git/info/refs?service=git-upload-pack")]
    [InlineData("GET", "/shop//app.git/info/refs?service=git-upload-pack")]
    [InlineData("GET", "/shop/app.git/info/refs/?service=git-upload-pack")]
    [InlineData("GET", "/shop/app/info/refs?service=git-upload-pack")]
    [InlineData("GET", "/1.git/info/refs?service=git-upload-pack")]
    [InlineData("PUT", "/shop/app.git/git-upload-pack")]
    public async Task Anything_but_the_smart_protocol_at_a_plain_path_stays_shut(string method, string path)
    {
        var group = await app.AddGroup("shop", visibility: "public");
        await AddRepository(group, "shop", "app", "public");
        await AddRepository(group, "shop", "hidden", "private");
        var answer = await RawHttp.Send(address, $"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", hangUp: false);
        Assert.Matches("^HTTP/1\\.1 4(00|01|03|04) ", answer);
    }

    [Fact]
    public async Task Nothing_opens_while_the_authority_is_down()
    {
        var group = await app.AddGroup("down", visibility: "public");
        await AddRepository(group, "down", "app", "public");
        Assert.Equal(200, await Pull("down/app", null));
        await app.Stop();
        Assert.Equal((503, 503), (await Pull("down/app", null), await Pull("down/app", PatrolApp.RootToken)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(running))
            await one.DisposeAsync();
        folder.Dispose();
    }

    private async Task AddRepository(long group, string groupPath, string path, string visibility)
    {
        await app.AddProject(group, path, visibility);
        var (bare, seed) = (Path.Combine(folder["git"], groupPath, $"{path}.git"), folder[$"seed-{path}"]);
        await Git(0, "init", "-q", "-b", "main", "--bare", bare);
        await Git(0, "init", "-q", "-b", "main", seed);
        await Git(0, "-C", seed, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "first");
        await Git(0, "-C", seed, "push", "-q", bare, "main");
        Directory.Delete(seed, recursive: true);
    }

    // git itself, and the status that made it fail.
    private async Task<int> Pull(string project, string? token)
    {
        var clone = folder[$"clone-{++clones}"];
        var exitCode = await Git(null, "clone", "-q", Url(project, "any", token), clone);
        using var answer = await Ask(project, "git-upload-pack", token);
        Assert.Equal(exitCode == 0, answer.IsSuccessStatusCode);
        return (int)answer.StatusCode;
    }

    private async Task<int> Push(string project, string? token)
    {
        var work = folder[$"work-{++clones}"];
        await Git(0, "init", "-q", "-b", "main", work);
        await Git(0, "-C", work, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "more");
        var exitCode = await Git(null, "-C", work, "push", "-q", Url(project, "any", token), $"main:branch-{clones}");
        using var answer = await Ask(project, "git-receive-pack", token);
        Assert.Equal(exitCode == 0, answer.IsSuccessStatusCode);
        return (int)answer.StatusCode;
    }

    private async Task<int> Status(string project, string token)
    {
        using var answer = await Ask(project, "git-upload-pack", token);
        return (int)answer.StatusCode;
    }

    private async Task<HttpResponseMessage> Ask(string project, string service, string? token)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, $"{project}.git/info/refs?service={service}"));
        if (token is not null)
            request.Headers.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"any:{token}")));
        return await client.SendAsync(request);
    }

    private string Url(string project, string user, string? token) =>
        $"http://{(token is null ? "" : $"{user}:{token}@")}{address.Authority}/{project}.git";

    private async Task<int> Git(int? expected, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in ((string, string)[])
        [
            ("GIT_TERMINAL_PROMPT", "0"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("HOME", folder.Path), ("no_proxy", "127.0.0.1"), ("LC_ALL", "C"),
        ])
            start.Environment[name] = value;
        using var git = Process.Start(start)!;
        git.StandardInput.Close();
        var (output, errors) = (git.StandardOutput.ReadToEndAsync(), git.StandardError.ReadToEndAsync());
        await Eventually.InTime(git.WaitForExitAsync());
        if (expected is { } code)
            Assert.True(code == git.ExitCode, $"git {string.Join(' ', arguments)}: {git.ExitCode}\n{await output}{await errors}");
        return git.ExitCode;
    }
}
