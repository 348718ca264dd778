using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Sources;

/// <summary>The tool on a real server process that speaks GitLab's API.</summary>
public sealed class GitLabApiTests : IAsyncLifetime
{
    private const string RootToken = "root-token-for-the-tool-01";

    private readonly TemporaryFolder folder = new();
    private ServerProcess server = null!;
    private HttpClient root = null!;

    public async ValueTask InitializeAsync()
    {
        server = await ServerProcess.Start(folder.Path, [], $"PATROL_ROOT_TOKEN={RootToken}");
        root = server.Client(RootToken);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Tokens_come_with_their_owners_and_the_bots_with_their_project_or_group()
    {
        // The tool and the server go by the machine's clock.
        var day = $"{DateTime.UtcNow.AddDays(60):yyyy-MM-dd}";
        var robin = await Make("users", new { username = "robin", name = "Robin", email = "robin@example.com", force_random_password = true });
        var group = await Make("groups", new { name = "Acme", path = "acme" });
        var project = await Make("projects", new { path = "app", namespace_id = Id(group) });
        var own = await Make($"users/{Id(robin)}/personal_access_tokens", new { name = "own", scopes = (string[])["api"], expires_at = day });
        var acting = await Make($"users/{Id(robin)}/impersonation_tokens", new { name = "acting", scopes = (string[])["api"], expires_at = day });
        var bot = await Make($"projects/{Id(project)}/access_tokens", new { name = "deploy", scopes = (string[])["read_registry"], expires_at = day });
        var groupBot = await Make($"groups/{Id(group)}/access_tokens", new { name = "mirror", scopes = (string[])["read_api"], expires_at = day });

        using var found = JsonDocument.Parse((await Run(RootToken, "find", "--expires-on", day, "--format", "json")).Good);
        Assert.Equal(
            [
                $"{Id(own)} personal robin robin@example.com   False", $"{Id(acting)} impersonation robin robin@example.com   True",
                $"{Id(bot)} project acme/app {Id(project)} False", $"{Id(groupBot)} group acme {Id(group)} False",
            ],
            found.RootElement.EnumerateArray().Select(one => one.GetProperty("resource_id").ValueKind == JsonValueKind.Null
                ? $"{Id(one)} {Text(one, "kind")} {Text(one, "owner")} {Text(one, "email")}   {one.GetProperty("impersonation")}"
                : $"{Id(one)} {Text(one, "kind")} {Text(one, "resource_path")} {one.GetProperty("resource_id")} {one.GetProperty("impersonation")}"));
        Assert.Contains(
            $"Expired Project access token in Project ID {Id(project)}, Token ID: {Id(bot)}, Name: deploy, Scopes: [\"read_registry\"], Last used: \n",
            (await Run(RootToken, "find", "--expires-on", day)).Good, StringComparison.Ordinal);
        Assert.Equal($"4 Personal access tokens will expire at {day}\n", (await Run(RootToken, "dates", "--top", "1")).Good);
        Assert.Contains("Status: Unknown", (await Run(RootToken, "analyze")).Good, StringComparison.Ordinal);

        // Whoever is no administrator sees their own, and is told so.
        var mine = await Run(Text(own, "token"), "find", "--expires-on", day, "--format", "csv");
        Assert.Equal(2, mine.Good.TrimEnd('\n').Split('\n').Length);
        Assert.Contains("Signed in as robin, who is no administrator: only robin's own tokens are seen", mine.Errors, StringComparison.Ordinal);
        Assert.Contains("Only administrators see the tokens of others", (await Run(Text(own, "token"), "find", "--expired", "--owner", "root")).Line(4), StringComparison.Ordinal);
    }

    private async Task<JsonElement> Make(string path, object body)
    {
        var (status, made) = await root.Post(path, body);
        Assert.True(status == 201, $"{status} {made}");
        return made;
    }

    private Task<CliRun> Run(string token, params string[] arguments) =>
        CliProcess.Run(folder.Path, [.. arguments, "--gitlab", server.Address.ToString()], "", $"GITLAB_TOKEN={token}");

    private static long Id(JsonElement one) => one.GetProperty("id").GetInt64();

    private static string Text(JsonElement one, string property) => one.GetProperty(property).GetString()!;
}
