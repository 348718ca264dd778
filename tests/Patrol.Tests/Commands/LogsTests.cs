using System.Text;
using System.Text.Json;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;
using Patrol.Tests.Logs;

namespace Patrol.Tests.Commands;

public sealed class LogsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Each_failing_token_is_a_line_that_says_what_to_do()
    {
        Write("api_json.log", LogText.Expired, LogText.Revoked, LogText.SmallScope, "half a line", LogText.Good);
        Write("production_json.log", LogText.GraphQl, LogText.Git);
        var run = await Run("logs", "api_json.log", "production_json.log");
        Assert.Equal(
            """
            Reason: token_expired, Token: PersonalAccessToken/12, Requests: 2, First seen: 2024-06-03 07:15:42 UTC, Last seen: 2025-02-01 08:00:00 UTC, Addresses: ["192.0.2.9", "203.0.113.7"], Paths: ["/api/graphql", "/api/v4/user"], Clients: ["Go-http-client/1.1", "curl/8.5.0"], Next: It has expired. Renew it (patrol rotate 12) and give these clients the new one. More time instead: patrol extend
            Reason: token_revoked, Token: PersonalAccessToken/31, Requests: 1, First seen: 2026-10-02 01:00:05 UTC, Last seen: 2026-10-02 01:00:05 UTC, Addresses: ["198.51.100.20"], Paths: ["/api/v4/projects/7/access_tokens/31/rotate"], Clients: ["python-requests/2.32.3"], Next: It was revoked. Give these clients the token that replaced it, or a new one (patrol create); what is known of it: patrol show 31
            Reason: insufficient_scope, Token: PersonalAccessToken/55, Requests: 1, First seen: 2025-01-14 12:00:00 UTC, Last seen: 2025-01-14 12:00:00 UTC, Addresses: ["192.0.2.44"], Paths: ["/api/v4/groups"], Clients: ["glab"], Next: It lacks a scope: one of api, read_api. Scopes of a token cannot be changed: make one that has it (patrol create --scope), and give it to these clients.

            """, run.Good);
        Assert.Equal(
            """
            7 lines read: 3 failing tokens in 4 requests.
            1 line could not be read: no JSON object, or longer than 4 MB.
            1 further line with status 401 and no token that GitLab knows: a wrong text, a deleted token, or none (Git asks once without).

            """, run.Errors);
    }

    [Fact]
    public async Task Owner_name_and_expiry_come_from_the_database_where_one_is_given()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        Write("api_json.log", Enumerable.Range(0, 6).Select(id => LogText.Expired
            .Replace("PersonalAccessToken/12", ((string[])["PersonalAccessToken/4", "PersonalAccessToken/14", "PersonalAccessToken/5", "PersonalAccessToken/32", "PersonalAccessToken/999999", "OauthAccessToken/4"])[id], StringComparison.Ordinal)
            .Replace("token_expired", id == 1 ? "token_revoked" : "token_expired", StringComparison.Ordinal)
            .Replace("01HZEXAMPLE", $"{id}", StringComparison.Ordinal)).ToArray());
        var run = await Run("logs", "api_json.log", "--format", "json", "--gitlab-db", CliProcess.Address(database.ConnectionString));
        using var json = JsonDocument.Parse(run.Good);
        var rows = json.RootElement.EnumerateArray().ToDictionary(row => row.Text("token")!, row => row);
        string Words(string token) => string.Join(" | ", ((string[])["kind", "owner", "email", "name", "resource_path", "state", "expires_at", "next"]).Select(name => rows[token].Text(name)));
        Assert.Equal(
            $"personal | jane | jane@example.com | ended yesterday |  | expired | {database.Day(-1)} | It expired on {database.Day(-1)}. Renew it (patrol rotate 4) and give these clients the new one. "
            + $"Not ready for that? More time for all tokens of that day: patrol extend --expires-on {database.Day(-1)} --by 1mo", Words("PersonalAccessToken/4"));
        Assert.Equal(
            $"personal | jane | jane@example.com | revoked |  | revoked | {database.Day(30)} | It was revoked. Give these clients the token that replaced it, or a new one (patrol create); what is known of it: patrol show 14",
            Words("PersonalAccessToken/14"));
        Assert.Equal(
            $"personal | jane | jane@example.com | ends tomorrow |  | active | {database.Day(1)} | It has been given more time since, until {database.Day(1)}. Nothing is left to do.", Words("PersonalAccessToken/5"));
        Assert.StartsWith("group | group_25_bot_b2 | group_25_bot_b2@noreply.gitlab.example.com | mirror | acme | active | ", Words("PersonalAccessToken/32"), StringComparison.Ordinal);
        Assert.Equal(" |  |  |  |  |  |  | There is no token 999999 any more: make a new one (patrol create) and give it to these clients.", Words("PersonalAccessToken/999999"));
        Assert.StartsWith(" |  |  |  |  |  |  | A token that an application got by OAuth", Words("OauthAccessToken/4"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_of_a_Patrol_server_is_read_as_GitLabs_is()
    {
        await using var app = await PatrolApp.Start();
        const string text = "a-token-that-has-expired";
        var token = await app.Give(text, expiresAt: app.Clock.GetUtcNow());
        Assert.Equal(401, (await app.Client(text).Get("version?page=1")).Status);
        Assert.Equal(401, (await app.Client(text).Get("user")).Status);
        Assert.Equal(401, (await app.Client("nobody-knows-this-token").Get("user")).Status);
        await app.Stop();
        var run = await Run("logs", LogFile.Path(app), "--format", "csv");
        Assert.StartsWith($"token_expired,PersonalAccessToken/{token.Id},{token.Id},2,2026-11-22T12:00:00.000Z,2026-11-22T12:00:00.000Z,127.0.0.1,/api/v4/user | /api/v4/version,", run.Good.Split('\n')[1], StringComparison.Ordinal);
        Assert.Contains("1 further line with status 401", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("table")]
    [InlineData("lines")]
    [InlineData("json")]
    [InlineData("csv")]
    public async Task Nothing_that_a_client_sends_reaches_terminal_or_spreadsheet_as_it_is(string format)
    {
        var line = JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["meta.auth_fail_reason"] = "token_expired",
            ["meta.auth_fail_token_id"] = "PersonalAccessToken/12",
            ["ua"] = "=HYPERLINK(\"x\",\"y\")\u001b]0;owned\u0007\u202egnp\nReason: faked",
            ["path"] = "/api/v4/glpat-AAECAwQFBgcICQoLDA0O?private_token=glpat-AAECAwQFBgcICQoLDA0O",
            ["remote_ip"] = "+1",
        });
        Write("api_json.log", line);
        var output = (await Run("logs", "api_json.log", "--format", format)).Good;
        Assert.DoesNotContain(output, character => character is '\u001b' or '\u0007' or '\u202e');
        Assert.DoesNotContain("glpat-", output, StringComparison.Ordinal);
        Assert.Contains("/api/v4/[FILTERED]", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\nReason: faked", output, StringComparison.Ordinal);
        if (format == "csv")
            Assert.Contains(",'+1,/api/v4/[FILTERED],\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\\u001b", output, StringComparison.Ordinal);
        if (format == "json")
            Assert.StartsWith("=HYPERLINK(\"x\",\"y\")\u001b]0;owned", JsonDocument.Parse(output).RootElement[0].GetProperty("clients")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_read_is_said_in_one_line_and_the_rest_is_shown()
    {
        Write("api_json.log", LogText.Expired);
        var whole = LogText.Gzip(Encoding.UTF8.GetBytes($"{LogText.GraphQl}\n"));
        await File.WriteAllBytesAsync(folder["api_json.log.1.gz"], whole[..^9]);
        var run = await Run("logs", "api_json.log.1.gz", "api_json.log");
        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith("api_json.log.1.gz: the compressed data is broken or ends too early; what came before was read.\n", run.Errors, StringComparison.Ordinal);
        Assert.StartsWith("Reason: token_expired, Token: PersonalAccessToken/12, ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_are_not_there_are_wrong_usage()
    {
        System.IO.Directory.CreateDirectory(folder["log"]);
        Assert.Equal("api_json.log does not exist.", (await Run("logs", "api_json.log")).Line(2));
        Assert.Equal("log is a folder: name the files in it, such as log/api_json.log*", (await Run("logs", "log")).Line(2));
        Assert.Equal("'-' stands for standard input, which can be read only once.", (await Run("logs", "-", "-")).Line(2));
        Assert.Contains("patrol logs --help", (await Run("logs")).Line(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_is_read_for_a_dash()
    {
        var run = await CliProcess.Run(folder.Path, ["logs", "-", "--format", "json"], $"{LogText.Expired}\n{LogText.Revoked}\n");
        Assert.Equal([12, 31], JsonDocument.Parse(run.Good).RootElement.EnumerateArray().Select(row => row.GetProperty("token_id").GetInt32()).Order());
    }

    [Fact]
    public async Task Lines_of_a_hundred_megabytes_fit_into_little_memory()
    {
        await using (var file = File.CreateText(folder["api_json.log"]))
        {
            await file.WriteLineAsync(LogText.Expired);
            await file.WriteAsync("{\"a\":\"");
            var piece = new string('x', 1 << 20);
            for (var megabytes = 0; megabytes < 100; megabytes++)
                await file.WriteAsync(piece);
            await file.WriteLineAsync("\"}");
            await file.WriteLineAsync(LogText.Revoked);
        }
        // Beyond 64 MB of objects the runtime ends the program.
        var run = await CliProcess.Run(folder.Path, ["logs", "api_json.log"], "", "DOTNET_GCHeapHardLimit=4000000");
        Assert.Equal(2, run.Good.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("1 line could not be read", run.Errors, StringComparison.Ordinal);
    }

    private void Write(string name, params string[] lines) => File.WriteAllLines(folder[name], lines);

    private Task<CliRun> Run(params string[] arguments) => CliProcess.Run(folder.Path, arguments);
}
