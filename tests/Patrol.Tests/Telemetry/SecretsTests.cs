using System.Text;
using System.Text.Json;
using Dapper;
using Npgsql;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Telemetry;

/// <summary>No token text that was ever issued or presented, and no password, is in anything that the server leaves behind.</summary>
public sealed class SecretsTests
{
    private const string RootToken = "root-token-of-the-secrets-tests";
    private const string RootPassword = "correct horse battery staple";
    private const string DatabasePassword = "s3cret-word-of-the-database";

    [Theory, ClassData(typeof(Engines))]
    public async Task Nothing_that_is_left_behind_holds_a_token_or_a_password(Engine engine)
    {
        using var folder = new TemporaryFolder();
        var database = engine == Engine.PostgreSql ? await (await SharedPostgres.Get()).NewDatabase() : null;
        string[] environment =
        [
            $"PATROL_ROOT_TOKEN={RootToken}", $"PATROL_ROOT_PASSWORD={RootPassword}",
            .. database is null ? (string[])[] : [$"PATROL_DATABASE={database};Password={DatabasePassword}"],
        ];
        var secrets = new List<string> { RootToken, RootPassword, DatabasePassword };
        string said;
        await using (var server = await ServerProcess.Start(folder.Path, ["--Patrol:Log:MaximumMegabytes=1"], environment))
        {
            await Use(server, secrets);
            // As it is while it runs, with what has not yet been moved from the write-ahead log.
            AssertNoneIn(folder.Path, secrets);
            Assert.Equal(0, await server.Stop());
            said = server.Output + server.Errors;
        }
        AssertNoneIn(folder.Path, secrets);
        Assert.True(File.Exists(folder["patrol-data/log/api_json.log.1"]), "The log was not rotated.");
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, said, StringComparison.Ordinal));
        if (database is not null)
            await AssertNoneInTables(database, secrets);
    }

    private static async Task Use(ServerProcess server, List<string> secrets)
    {
        using var root = server.Client(RootToken);
        string[] scopes = ["api"];
        await root.Post("projects", new { path = "secrets" });
        var (_, personal) = await root.Post("users/1/personal_access_tokens", new { name = "personal", scopes });
        var (_, bot) = await root.Post("projects/1/access_tokens", new { name = "bot", scopes, access_level = 30 });
        var (_, rotated) = await root.Post($"personal_access_tokens/{personal.GetProperty("id")}/rotate");
        var (_, revoked) = await root.Post("users/1/personal_access_tokens", new { name = "revoked", scopes });
        await root.Delete($"personal_access_tokens/{revoked.GetProperty("id")}");
        const string given = "a/text with-every kind;of:character=in+it";
        await root.Post("/api/patrol/v1/tokens", new { user = "root", name = "given", scopes, token = given });
        await root.Put("application/settings", new { personal_access_token_prefix = "acme@house/" });
        var (_, prefixed) = await root.Post("users/1/personal_access_tokens", new { name = "prefixed", scopes });
        var rest = new HttpClient { BaseAddress = new Uri(server.Address, "/rest/") };
        rest.DefaultRequestHeaders.Authorization = AtlassianKit.BasicOf("root", RootPassword);
        var (_, numbered) = await rest.NewPat("numbered");
        await rest.Put("pat/latest/tokens", new { name = numbered });
        var (_, session) = await rest.Post("auth/1/session", new { username = "root", password = RootPassword });
        secrets.AddRange([numbered, session.GetProperty("session").GetProperty("value").GetString()!, ForeignSystem.PublishedToken]);
        secrets.AddRange(((JsonElement[])[personal, bot, rotated, revoked, prefixed]).Select(body => body.GetProperty("token").GetString()!));
        secrets.AddRange([given, "glpat-AAAAAAAAAAAAAAAAAAAA", "gldt-unknown-to-this-server", "glpat-AAECAwQFBgcICQoLDA0OD286MQp1OjE2CA.01.0y1qf01dm"]);
        foreach (var secret in secrets.Where(secret => secret is not RootPassword and not DatabasePassword).ToList())
            await Present(server, secret);
        // Enough for the log to be put aside.
        root.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", $"script ({RootToken}) {new string('.', 700)}");
        await Task.WhenAll(Enumerable.Range(0, 1_500).Select(number => root.Get($"version?page={number}")));
    }

    private static async Task Present(ServerProcess server, string secret)
    {
        using var client = new HttpClient { BaseAddress = new Uri(server.Address, "/api/v4/") };
        var escaped = Uri.EscapeDataString(secret);
        foreach (var path in (string[])[
            $"personal_access_tokens/{escaped}", $"version?private_token={escaped}", $"version?access_token={escaped}", $"version?token={escaped}", $"version?{escaped}=1", $"version?page={escaped}", $"users/{escaped}",
            $"projects/{escaped}/access_tokens/{escaped}", $"{escaped}", $"/{escaped}", $"/auth/verify?scope={escaped}", $"/auth/verify?token={escaped}", $"/api/patrol/v1/tokens?search={escaped}", $"/api/patrol/v1/tokens/{escaped}", $"/rest/pat/latest/tokens/{escaped}", $"/rest/{escaped}", $"/jira/rest/api/2/myself?x={escaped}"])
        {
            foreach (var header in (string[])["PRIVATE-TOKEN", "Authorization", "Basic", "User-Agent", "Sudo", "Referer", "X-Forwarded-For", "X-Request-Id", "Cookie", "Host"])
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                // Half of them get in, half are refused.
                if (header is not ("PRIVATE-TOKEN" or "Authorization" or "Basic"))
                    request.Headers.TryAddWithoutValidation("PRIVATE-TOKEN", RootToken);
                request.Headers.TryAddWithoutValidation(header == "Basic" ? "Authorization" : header, header switch
                {
                    "Authorization" => $"Bearer {secret}",
                    "Basic" => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"user:{secret}"))}",
                    "User-Agent" => $"script/1.0 ({secret})",
                    "Host" => secret.All(char.IsAsciiLetterOrDigit) || secret.StartsWith("glpat-AAAA", StringComparison.Ordinal) ? secret : "example.org",
                    _ => secret,
                });
                using var answer = await client.SendAsync(request);
            }
        }
        using var root = server.Client(RootToken);
        foreach (var path in (string[])["personal_access_tokens", "users/1/personal_access_tokens", "projects", "/api/patrol/v1/tokens", "/api/patrol/v1/tokens/lookup", "/api/patrol/v1/tokens/bulk", "nowhere"])
        {
            await Quiet(root, path, JsonSerializer.Serialize(new { token = secret, private_token = secret, scopes = secret, expires_at = secret, page = secret }), "application/json");
            await Quiet(root, path, $"token={escaped}&expires_at={escaped}", "application/x-www-form-urlencoded");
            await Quiet(root, path, $"{{\"token\": {secret}", "application/json");
            await Quiet(root, path, secret, secret);
        }
        await root.Post("/api/patrol/v1/tokens/lookup", new { token = secret });
        using var itself = server.Client(secret);
        await Quiet(itself, "personal_access_tokens/self/rotate", "{\"expires_at\":\"1999-01-01\"}", "application/json");
    }

    private static async Task Quiet(HttpClient client, string path, string body, string type)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await client.PostAsync(new Uri(path, UriKind.RelativeOrAbsolute), content);
    }

    private static void AssertNoneIn(string folder, List<string> secrets)
    {
        var read = 0;
        foreach (var file in System.IO.Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock"))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            foreach (var secret in secrets)
            {
                // As it is, and as an address or a JSON text spells it.
                foreach (var spelling in (string[])[secret, Uri.EscapeDataString(secret), JsonSerializer.Serialize(secret)[1..^1], Convert.ToBase64String(Encoding.UTF8.GetBytes($"user:{secret}"))])
                {
                    var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(spelling));
                    Assert.True(at < 0, at < 0 ? "" : $"{Path.GetFileName(file)} holds {secret}: {Encoding.UTF8.GetString(bytes, Math.Max(0, at - 300), Math.Min(600, bytes.Length - Math.Max(0, at - 300)))}");
                }
            }
            read++;
        }
        Assert.True(read >= 2);
    }

    private static async Task AssertNoneInTables(string database, List<string> secrets)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        var tables = (await connection.QueryAsync<string>("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")).ToList();
        Assert.Contains("tokens", tables);
        foreach (var table in tables)
        {
            foreach (var row in await connection.QueryAsync<string>($"SELECT t::text FROM {table} t"))
            {
                Assert.All(secrets, secret => Assert.DoesNotContain(secret, row, StringComparison.Ordinal));
                // Bytes come as hexadecimal digits.
                Assert.All(secrets, secret => Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret)), row, StringComparison.Ordinal));
            }
        }
    }
}
