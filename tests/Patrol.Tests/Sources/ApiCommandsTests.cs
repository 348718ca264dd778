using System.Net;
using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Sources;

/// <summary>The commands that change tokens, on a real server process, through GitLab's API and through Patrol's own.</summary>
public sealed class ApiCommandsTests : IAsyncLifetime
{
    private const string RootToken = "root-token-for-the-tool-02";

    // The tool and the server go by the machine's clock.
    private static readonly DateOnly Day = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(60);
    private static readonly string End = $"{Day:yyyy-MM-dd}", MonthLater = $"{Day.AddMonths(1):yyyy-MM-dd}";

    private readonly TemporaryFolder folder = new();
    private ServerProcess server = null!;
    private HttpClient root = null!;

    public async ValueTask InitializeAsync()
    {
        server = await ServerProcess.Start(folder.Path, [], $"PATROL_ROOT_TOKEN={RootToken}");
        root = server.Client(RootToken);
        await Make("users", new { username = "robin", name = "Robin", email = "robin@example.com", force_random_password = true });
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    [Theory]
    [InlineData("gitlab"), InlineData("server")]
    public async Task A_token_is_made_shown_rotated_and_revoked(string system)
    {
        var created = await Run(system, "", "create", "--user", "robin", "--name", "ci", "--scope", "api", "--expires", End, "--yes");
        var text = created.Good.Trim();
        Assert.Matches("^glpat-", text);
        Assert.DoesNotContain(text, created.Errors, StringComparison.Ordinal);
        Assert.Equal(200, await Status(text));
        using var shown = JsonDocument.Parse((await Run(system, text, "show", "--token-stdin", "--format", "json")).Good);
        var id = shown.RootElement.GetProperty("id").GetInt64();
        Assert.Equal(("robin", "ci"), (shown.RootElement.GetProperty("owner").GetString(), shown.RootElement.GetProperty("name").GetString()));

        var rotated = (await Run(system, "", "rotate", $"{id}", "--expires", MonthLater, "--yes")).Good.Trim();
        Assert.Equal((401, 200), (await Status(text), await Status(rotated)));
        var dry = await Run(system, rotated, "revoke", "--token-stdin", "--dry-run");
        Assert.Contains("Would revoke 1 token. Nothing was changed.", dry.Errors, StringComparison.Ordinal);
        Assert.Equal(200, await Status(rotated));
        var revoked = await Run(system, rotated, "revoke", "--token-stdin", "--yes");
        Assert.Contains("Revoked 1 token.", revoked.Errors, StringComparison.Ordinal);
        // Nobody can take that back, so nobody is told how.
        Assert.DoesNotContain("patrol undo", revoked.Errors, StringComparison.Ordinal);
        Assert.Equal(401, await Status(rotated));
    }

    [Fact]
    public async Task Gitlabs_api_refuses_to_change_dates_and_says_what_to_do()
    {
        foreach (var command in (string[][])[["extend", "--expires-on", End, "--by", "1mo", "--yes"], ["remove-expiry", "--expires-on", End, "--yes"]])
            Assert.Contains("GitLab's API cannot change an expiry date, nor take back a revocation: use --gitlab-db, or rotate the token.", (await Run("gitlab", "", command)).Line(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dates_are_moved_on_a_server_and_put_back()
    {
        var robin = (await root.Get("users?username=robin")).Body[0].GetProperty("id").GetInt64();
        for (var i = 0; i < 3; i++)
            await Make($"users/{robin}/personal_access_tokens", new { name = $"t{i}", scopes = (string[])["api"], expires_at = End });
        Assert.Contains("Would extend 3 tokens", (await Run("server", "", "extend", "--expires-on", End, "--by", "1.month", "--dry-run")).Errors, StringComparison.Ordinal);
        var extended = await Run("server", "", "extend", "--expires-on", End, "--by", "1.month", "--yes", "--undo-file", "moved.undo");
        Assert.Contains($"Updated 3 tokens with new expiry date {MonthLater}", extended.Errors, StringComparison.Ordinal);
        Assert.Contains("patrol undo", extended.Errors, StringComparison.Ordinal);
        Assert.Equal(3, await Count(MonthLater));
        Assert.Contains("never expire", (await Run("server", "", "remove-expiry", "--expires-on", MonthLater, "--yes", "--undo-file", "removed.undo")).Errors, StringComparison.Ordinal);
        Assert.Equal(0, await Count(MonthLater));
        Assert.Contains("Put back 3 tokens", (await Run("server", "", "undo", "removed.undo", "--yes")).Errors, StringComparison.Ordinal);
        Assert.Contains("Put back 3 tokens", (await Run("server", "", "undo", "moved.undo", "--yes")).Errors, StringComparison.Ordinal);
        Assert.Equal(3, await Count(End));

        // An undo file belongs to its system.
        var other = await CliProcess.Run(folder.Path, ["undo", "moved.undo", "--yes", "--server", "http://localhost:9"], "", "PATROL_TOKEN=x");
        Assert.Contains("not on the Patrol server at http://localhost:9: name that one", other.Line(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_given_text_works_and_a_token_rotates_itself()
    {
        await Run("server", "a-text-that-is-in-use-elsewhere", "create", "--user", "robin", "--name", "migrated", "--scope", "self_rotate,read_api", "--token-stdin", "--yes");
        Assert.Equal(200, await Status("a-text-that-is-in-use-elsewhere"));
        var self = await CliProcess.Run(folder.Path, ["rotate", "--self", "--yes", "--gitlab", server.Address.ToString()], "", "GITLAB_TOKEN=a-text-that-is-in-use-elsewhere");
        Assert.Equal((401, 200), (await Status("a-text-that-is-in-use-elsewhere"), await Status(self.Good.Trim())));
    }

    [Fact]
    public async Task Atlassians_tokens_are_left_out_of_a_move_of_dates_and_counted()
    {
        var robin = (await root.Get("users?username=robin")).Body[0].GetProperty("id").GetInt64();
        await Make($"users/{robin}/personal_access_tokens", new { name = "t", scopes = (string[])["api"], expires_at = End });
        using var bearer = new HttpClient { DefaultRequestHeaders = { { "Authorization", $"Bearer {RootToken}" } } };
        using var body = new StringContent("{\"name\":\"jira\",\"expirationDuration\":60}", System.Text.Encoding.UTF8, "application/json");
        using var made = await bearer.PostAsync(new Uri(server.Address, "/rest/pat/latest/tokens"), body);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var dry = await Run("server", "", "extend", "--expires-on", End, "--by", "1mo", "--dry-run");
        Assert.Contains("Left out, since an Atlassian token's date cannot be changed: 1.", dry.Errors, StringComparison.Ordinal);
        Assert.Contains("Would extend 1 token", dry.Errors, StringComparison.Ordinal);
        var sooner = await Run("server", "", "extend", "--expires-on", End, "--to", $"{Day.AddDays(-7):yyyy-MM-dd}", "--dry-run");
        Assert.Contains(", which ends them sooner. Nothing was changed.", sooner.Errors, StringComparison.Ordinal);
    }

    // Names as long as they may be, and of letters that take four bytes: so the file is full before the id has its place in it.
    [Fact]
    public async Task A_disk_that_does_not_take_the_new_tokens_id_costs_nobody_its_text()
    {
        string[] Arguments(string name, string file) =>
            ["create", "--user", "robin", "--name", name, "--scope", "api", "--yes", "--undo-file", file, "--server", server.Address.ToString()];
        _ = (await CliProcess.Run(folder.Path, Arguments("x", "short"), "", $"PATROL_TOKEN={RootToken}")).Good;
        var room = 1024 - 4 - (await File.ReadAllLinesAsync(folder["short"]))[0].Length;
        var name = new string('y', 1 + room % 4) + string.Concat(Enumerable.Repeat("🔑", room / 4));

        var run = await CliProcess.RunWithFullDisk(folder.Path, 1, Arguments(name, "full"), $"PATROL_TOKEN={RootToken}");
        Assert.Equal(200, await Status(run.Output.Trim()));
        Assert.Matches("The disk did not take the undo file .*full to its end. To take the token back: patrol revoke [0-9]+\n$", run.Errors);
        Assert.Contains("Look for", (await Run("server", "", "undo", "full", "--yes")).Line(2), StringComparison.Ordinal);
    }

    private async Task<int> Count(string day) =>
        JsonDocument.Parse((await Run("server", "", "find", "--expires-on", day, "--format", "json")).Good).RootElement.GetArrayLength();

    private async Task<int> Status(string token)
    {
        using var client = server.Client(token);
        return (await client.Get("personal_access_tokens/self")).Status;
    }

    private async Task<JsonElement> Make(string path, object body)
    {
        var (status, made) = await root.Post(path, body);
        Assert.True(status == 201, $"{status} {made}");
        return made;
    }

    private Task<CliRun> Run(string system, string input, params string[] arguments) => CliProcess.Run(
        folder.Path, [.. arguments, $"--{system}", server.Address.ToString()], input, $"{(system == "server" ? "PATROL" : "GITLAB")}_TOKEN={RootToken}");
}
