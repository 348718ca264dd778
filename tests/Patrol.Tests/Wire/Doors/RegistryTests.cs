using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Doors;

/// <summary>The recipe for a container registry: real docker-registry and skopeo; and the tokens themselves.</summary>
public sealed class RegistryTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private PatrolApp app = null!;
    private Uri patrol = null!;

    public async ValueTask InitializeAsync()
    {
        app = await PatrolApp.Start();
        // The registry's clock is the machine's.
        app.Clock.SetUtcNow(TimeProvider.System.GetUtcNow());
        patrol = app.Address;
    }

    [Fact]
    public async Task Images_are_pushed_inspected_and_pulled_with_tokens()
    {
        await using var registry = await Registry();
        var project = await Project("team", "app", "private");
        var (developer, reporter, stranger) = (await Member(project, 30), await Member(project, 20), await app.AddUser());
        var (pushes, reads, strange) = (await app.AddToken(developer, "read_registry", "write_registry"), await app.AddToken(reporter, "api"), await app.AddToken(stranger, "api"));
        var (onlyWrites, narrow) = (await app.AddToken(developer, "write_registry"), await app.AddToken(developer, "read_user"));
        var (image, second) = (await OciImage.Make(folder["first"]), await OciImage.Make(folder["second"]));
        await Skopeo.Run(folder, 0, null, "login", "--tls-verify=false", "--authfile", folder["auth"], "-u", "any", "-p", pushes, registry.Address);
        Assert.NotEqual(0, (await Skopeo.Run(folder, null, null, "login", "--tls-verify=false", "--authfile", folder["bad"], "-u", "any", "-p", "a-text-that-is-no-token", registry.Address)).ExitCode);

        await Skopeo.Run(folder, 0, pushes, "copy", "--dest-tls-verify=false", $"oci:{image}:latest", $"docker://{registry.Address}/team/app/sub/image:1");
        await Skopeo.Run(folder, 0, pushes, "copy", "--dest-tls-verify=false", $"oci:{image}:latest", $"docker://{registry.Address}/team/app:1");
        Assert.Contains("team/app", (await Skopeo.Run(folder, 0, reads, "inspect", "--tls-verify=false", $"docker://{registry.Address}/team/app:1")).Output, StringComparison.Ordinal);
        await Skopeo.Run(folder, 0, reads, "copy", "--src-tls-verify=false", $"docker://{registry.Address}/team/app:1", $"dir:{folder["pulled"]}");
        foreach (var token in (string?[])[reads, strange, onlyWrites, narrow, null])
            Assert.NotEqual(0, (await Skopeo.Run(folder, null, token, "copy", "--dest-tls-verify=false", $"oci:{second}:latest", $"docker://{registry.Address}/team/app:2")).ExitCode);
        foreach (var token in (string?[])[strange, narrow, null])
            Assert.NotEqual(0, (await Skopeo.Run(folder, null, token, "inspect", "--tls-verify=false", $"docker://{registry.Address}/team/app:1")).ExitCode);

        // What is public is pulled by everybody, and pushed by as few as ever.
        await Project("open", "shown", "public");
        await Skopeo.Run(folder, 0, PatrolApp.RootToken, "copy", "--dest-tls-verify=false", $"oci:{image}:latest", $"docker://{registry.Address}/open/shown:1");
        await Skopeo.Run(folder, 0, null, "inspect", "--tls-verify=false", $"docker://{registry.Address}/open/shown:1");
        Assert.NotEqual(0, (await Skopeo.Run(folder, null, strange, "copy", "--dest-tls-verify=false", $"oci:{image}:latest", $"docker://{registry.Address}/open/shown:2")).ExitCode);

        // The list of all images is for administrators.
        Assert.Equal(200, await Catalog(registry.Address, PatrolApp.RootToken));
        Assert.Equal(401, await Catalog(registry.Address, pushes));
    }

    [Fact]
    public async Task A_registry_that_knows_both_keys_notices_nothing_of_a_change()
    {
        using var root = app.Client();
        const string keys = "/api/patrol/v1/registry/keys";
        var old = (await root.Get(keys)).Body[0].GetProperty("kid").GetString()!;
        var (made, key) = await root.Post(keys);
        var kid = key.GetProperty("kid").GetString()!;
        Assert.Equal((201, 2), (made, (await root.Get(keys)).Body.GetArrayLength()));
        await using var registry = await Registry();
        Assert.Equal(200, await Catalog(registry.Address, PatrolApp.RootToken));
        Assert.Equal(409, (await root.Delete($"{keys}/{old}")).Status);
        Assert.Equal(204, (await root.Post($"{keys}/{kid}/use")).Status);
        Assert.Equal(200, await Catalog(registry.Address, PatrolApp.RootToken));
        Assert.Equal(kid, Decode((await Token("?service=r", PatrolApp.RootToken)).Token, 0).GetProperty("kid").GetString());
        Assert.Equal(204, (await root.Delete($"{keys}/{old}")).Status);
        Assert.Equal((404, 404), ((await root.Delete($"{keys}/{old}")).Status, (await root.Post($"{keys}/{old}/use")).Status));
        Assert.Equal(kid, Assert.Single((await root.Get(keys)).Each("kid")));
        Assert.Equal(200, await Catalog(registry.Address, PatrolApp.RootToken));
    }

    [Fact]
    public async Task A_token_is_signed_and_says_what_of_the_asked_is_allowed()
    {
        var project = await Project("one", "app", "private");
        await Project("open", "shown", "public");
        var developer = await app.AddToken(await Member(project, 30), "read_registry", "write_registry");
        var (status, text, expires) = await Token(
            "?account=x&service=registry.example.com&scope=repository:one/app/image:pull,push,delete&scope=repository:open/shown:pull,push%20repository:one/other:pull&scope=registry:catalog:*&scope=nonsense&scope=repository:one/../app:pull&scope=repository:one/app/image:*",
            developer);
        Assert.Equal((200, 300), (status, expires));
        var (header, claims) = (Decode(text, 0), Decode(text, 1));
        Assert.Equal(("JWT", "RS256"), (header.GetProperty("typ").GetString(), header.GetProperty("alg").GetString()));
        Assert.Matches("^([A-Z2-7]{4}:){11}[A-Z2-7]{4}$", header.GetProperty("kid").GetString());
        using var certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(header.GetProperty("x5c")[0].GetString()!));
        var signed = text[..text.LastIndexOf('.')];
        Assert.True(certificate.GetRSAPublicKey()!.VerifyData(Encoding.ASCII.GetBytes(signed), Bytes(text.Split('.')[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        var now = app.Clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal("registry.example.com", claims.GetProperty("aud").GetString());
        Assert.Equal(patrol.ToString().TrimEnd('/'), claims.GetProperty("iss").GetString());
        Assert.Equal((now, now + 300), (claims.GetProperty("iat").GetInt64(), claims.GetProperty("exp").GetInt64()));
        Assert.StartsWith("user-", claims.GetProperty("sub").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            """[{"type":"repository","name":"one/app/image","actions":["pull","push"]},{"type":"repository","name":"open/shown","actions":["pull"]}]""",
            claims.GetProperty("access").GetRawText());
        using var client = new HttpClient();
        Assert.Contains(certificate.ExportCertificatePem(), await client.GetStringAsync(new Uri(patrol, "/jwt/certificates")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Access_levels_and_scopes_narrow_the_actions()
    {
        var project = await Project("narrow", "app", "private");
        var users = new Dictionary<int, long>();
        foreach (var level in (int[])[10, 20, 30, 40])
            users[level] = await Member(project, level);
        foreach (var (level, scopes, expected) in ((int, string, string)[])
        [
            (40, "api", "pull,push,delete,*"), (30, "api", "pull,push,delete"), (20, "api", "pull"), (10, "api", ""), (40, "read_api", "pull"), (40, "read_registry", "pull"),
            (40, "write_registry", "push"), (40, "read_user", ""), (40, "read_repository write_repository", ""),
        ])
        {
            var (status, text, _) = await Token("?service=r&scope=repository:narrow/app/a/b/c:pull,push,delete,*", await app.AddToken(users[level], scopes.Split(' ')));
            Assert.Equal((200, expected), (status, Actions(text)));
        }
        Assert.Equal("", Actions((await Token("?service=r&scope=repository:narrow/app/a/b/c/d:pull", await app.AddToken(users[40], "api"))).Token));
        Assert.Equal("pull,push,delete,*", Actions((await Token("?service=r&scope=repository:narrow/app:pull,push,delete,*,fly", PatrolApp.RootToken)).Token));
        Assert.Equal("*", Actions((await Token("?service=r&scope=registry:catalog:*", PatrolApp.RootToken)).Token));
        Assert.Equal("", Actions((await Token("?service=r&scope=registry:catalog:*", await app.AddToken(users[40], "api"))).Token));

        static string Actions(string text) =>
            string.Join(',', Decode(text, 1).GetProperty("access").EnumerateArray().SelectMany(one => one.GetProperty("actions").EnumerateArray()).Select(action => action.GetString()));
    }

    [Fact]
    public async Task Bad_tokens_and_bad_questions_are_refused_in_the_registry_s_words()
    {
        await app.Give("registry-token-that-expired", expiresAt: app.Clock.GetUtcNow());
        var blocked = await app.AddUser();
        var stays = await app.AddToken(blocked, "api");
        Assert.Equal(201, (await app.Client().Post($"users/{blocked}/block")).Status);
        foreach (var token in (string?[])["registry-token-that-expired", "registry-token-of-nobody", stays, null])
        {
            using var answer = await Ask("?service=r", token);
            Assert.Equal((401, "Basic realm=\"Patrol\""), ((int)answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()));
            var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("errors")[0];
            Assert.Equal("UNAUTHORIZED", error.GetProperty("code").GetString());
        }
        foreach (var query in (string[])["", "?service=", "?service=a&service=b", $"?service={new string('x', 300)}", $"?service=r&{string.Join('&', Enumerable.Repeat("scope=repository:a/b:pull", 101))}"])
        {
            using var answer = await Ask(query, PatrolApp.RootToken);
            Assert.Equal(400, (int)answer.StatusCode);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        folder.Dispose();
    }

    private async Task<long> Project(string group, string path, string visibility)
    {
        var project = await app.AddProject(await app.AddGroup(group, visibility: visibility), path, visibility);
        return project;
    }

    private async Task<long> Member(long project, int level)
    {
        var user = await app.AddUser();
        await app.AddMember($"projects/{project}", user, level);
        return user;
    }

    private async Task<RunningRegistry> Registry()
    {
        Recipe.Needs("docker-registry", "skopeo");
        var port = Recipe.FreePort();
        using var client = new HttpClient();
        await File.WriteAllTextAsync(folder["patrol.pem"], await client.GetStringAsync(new Uri(patrol, "/jwt/certificates")));
        await File.WriteAllTextAsync(folder["registry.yml"], Recipe.Text(
            "registry/config.yml", ("http://127.0.0.1:7280", patrol.ToString().TrimEnd('/')), ("127.0.0.1:5000", $"127.0.0.1:{port}"), ("/var/lib/docker-registry", folder["images"]),
            ("/etc/docker/registry/patrol.pem", folder["patrol.pem"])));
        var program = await Recipe.Start(new ProcessStartInfo("/usr/bin/docker-registry", ["serve", folder["registry.yml"]]), port);
        return new RunningRegistry(program, $"127.0.0.1:{port}");
    }

    // As a client does: asked for a token, it gets one where it is told to.
    private async Task<int> Catalog(string registry, string token)
    {
        using var client = new HttpClient();
        var address = new Uri($"http://{registry}/v2/_catalog");
        using var first = await client.GetAsync(address);
        var challenge = first.Headers.WwwAuthenticate.Single().Parameter!;
        Assert.Contains("scope=\"registry:catalog:*\"", challenge, StringComparison.Ordinal);
        var (_, text, _) = await Token("?service=container_registry&scope=registry:catalog:*", token);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", text);
        using var second = await client.GetAsync(address);
        return (int)second.StatusCode;
    }

    private async Task<(int Status, string Token, int ExpiresIn)> Token(string query, string token)
    {
        using var answer = await Ask(query, token);
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(body.GetProperty("token").GetString(), body.GetProperty("access_token").GetString());
        return ((int)answer.StatusCode, body.GetProperty("token").GetString()!, body.GetProperty("expires_in").GetInt32());
    }

    private async Task<HttpResponseMessage> Ask(string query, string? token)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(patrol, $"/jwt/auth{query}"));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"any:{token}")));
        return await client.SendAsync(request);
    }

    private static JsonElement Decode(string token, int part) => JsonDocument.Parse(Bytes(token.Split('.')[part])).RootElement;

    private static byte[] Bytes(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);

    private sealed record RunningRegistry(Recipe Program, string Address) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Program.DisposeAsync();
    }
}
