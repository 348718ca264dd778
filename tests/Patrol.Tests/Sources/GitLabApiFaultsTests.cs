using Patrol.Tests.Kit;

namespace Patrol.Tests.Sources;

/// <summary>What the tool makes of a GitLab that is busy, elsewhere, broken, or none.</summary>
public sealed class GitLabApiFaultsTests
{
    private const string Token = "glpat-secret-of-these-tests";
    private const string Self = """{"id": 7, "name": "mine", "user_id": 1, "scopes": ["api"], "revoked": false, "created_at": "2026-01-01T00:00:00.000Z", "expires_at": null}""";
    private const string Root = """{"id": 1, "username": "root", "email": "root@example.com", "state": "active", "is_admin": true}""";

    [Fact]
    public async Task A_busy_server_is_asked_again_when_it_says_and_not_for_ever()
    {
        var busy = 0;
        await using var api = await ScriptedApi.Start(request =>
            Interlocked.Increment(ref busy) switch { 1 => new(429, "", ("Retry-After", "1")), 2 => new(503), _ => GitLab(request) });
        Assert.Contains("(none)", (await Run(api, "analyze")).Good, StringComparison.Ordinal);

        await using var always = await ScriptedApi.Start(_ => new(503, "<html>no upstream</html>"));
        Assert.Contains("in trouble: 503", (await Run(always, "analyze")).Line(3), StringComparison.Ordinal);
        Assert.InRange(always.Seen.Count, 2, 5);

        await using var limited = await ScriptedApi.Start(_ => new(429, """{"message": "Too many requests"}""", ("Retry-After", "3600")));
        Assert.Contains("3600 seconds of rest", (await Run(limited, "analyze")).Line(3), StringComparison.Ordinal);
        Assert.Single(limited.Seen);
    }

    [Fact]
    public async Task No_redirect_carries_the_token_to_another_host()
    {
        await using var other = await ScriptedApi.Start(GitLab);
        await using var api = await ScriptedApi.Start(request => new(302, "", ("Location", $"{other.Address}{request.Path}")));
        Assert.Contains($"sends us on to {other.Address}", (await Run(api, "find", "--no-expiry")).Line(2), StringComparison.Ordinal);
        Assert.Empty(other.Seen);
    }

    [Theory]
    [InlineData(401, """{"error":"invalid_token","error_description":"Token is expired. You can either do re-authorization or token refresh."}""", "Token is expired")]
    [InlineData(401, """{"message":"401 Unauthorized"}""", "does not accept the token: 401 Unauthorized")]
    [InlineData(403, """{"message":"403 Forbidden - Your account has been blocked."}""", "account has been blocked")]
    public async Task Who_may_not_come_in_is_told_so(int status, string body, string told)
    {
        await using var api = await ScriptedApi.Start(_ => new(status, body));
        Assert.Contains(told, (await Run(api, "find", "--expired")).Line(4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_gitlab_is_told_so()
    {
        await using var page = await ScriptedApi.Start(_ => new(200, "<html>Hello</html>") { Type = "text/html" });
        Assert.Contains("Is the address right?", (await Run(page, "analyze")).Line(2), StringComparison.Ordinal);
        await using var missing = await ScriptedApi.Start(_ => new(404, "<html>Nothing here</html>") { Type = "text/html" });
        Assert.Contains("has no API for tokens", (await Run(missing, "analyze")).Line(2), StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        // Nobody listens on the port that only servers of the system may have.
        Assert.Contains("Cannot reach", (await CliProcess.Run(folder.Path, ["analyze", "--gitlab", "http://127.0.0.1:9"], "", $"GITLAB_TOKEN={Token}")).Line(3), StringComparison.Ordinal);
        foreach (var wrong in (string[])["gitlab.example.com", "ftp://gitlab.example.com", "https://me:secret@gitlab.example.com", "https://gitlab.example.com/?x=1"])
        {
            var run = await CliProcess.Run(folder.Path, ["analyze", "--gitlab", wrong], "", $"GITLAB_TOKEN={Token}");
            Assert.StartsWith("--gitlab: ", run.Line(2), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_token_comes_from_a_file_or_the_environment_and_is_never_shown()
    {
        using var folder = new TemporaryFolder();
        await using var api = await ScriptedApi.Start(request => request.Token == Token ? new(401, $$"""{"message":"no {{Token}} here"}""") : new(500));
        await File.WriteAllTextAsync(folder["token"], $"{Token}\n");
        foreach (var run in (CliRun[])[
            await CliProcess.Run(folder.Path, ["analyze", "--gitlab", api.Address, "--token-file", folder["token"]]),
            await CliProcess.Run(folder.Path, ["analyze", "--gitlab", $"{api.Address}/api/v4/"], "", $"GITLAB_TOKEN={Token}")])
        {
            Assert.Contains("no [token] here", run.Line(4), StringComparison.Ordinal);
        }
        Assert.Contains("set GITLAB_TOKEN", (await CliProcess.Run(folder.Path, ["analyze", "--gitlab", api.Address])).Line(2), StringComparison.Ordinal);
        Assert.Contains("holds blanks", (await CliProcess.Run(folder.Path, ["analyze", "--gitlab", api.Address], "", $"GITLAB_TOKEN=two words")).Line(2), StringComparison.Ordinal);
        Assert.Contains("does not exist", (await CliProcess.Run(folder.Path, ["analyze", "--gitlab", api.Address, "--token-file", "nowhere"])).Line(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_go_deeper_than_an_offset_is_asked_anew_from_where_it_stopped()
    {
        // 1,000 tokens, five a second; offsets of 400 and more are refused, as GitLab refuses those beyond 50,000 where it does.
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        string One(int id) => $$"""{"id": {{id}}, "name": "t", "user_id": 1, "scopes": [], "revoked": null, "created_at": "{{start.AddHours(id):yyyy-MM-ddTHH:mm:ss.fffZ}}", "expires_at": null}""";
        await using var api = await ScriptedApi.Start(request =>
        {
            if (request.Path != "/api/v4/personal_access_tokens")
                return GitLab(request);
            var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(request.Query);
            var after = query.TryGetValue("created_after", out var text) ? DateTimeOffset.Parse(text!, System.Globalization.CultureInfo.InvariantCulture) : start;
            var page = query.TryGetValue("page", out var number) ? int.Parse(number!, System.Globalization.CultureInfo.InvariantCulture) : 1;
            if (page > 4)
                return new(405, """{"error":"Offset pagination has a maximum allowed offset of 400 for requests that return objects of type PersonalAccessToken. Remaining records can be retrieved using keyset pagination."}""");
            var ids = Enumerable.Range(1, 1000).Where(id => start.AddHours(id) >= after).ToList();
            var link = ids.Count > page * 100 ? $"<https://made.up.example{request.Path}?per_page=100&page={page + 1}{(text.Count > 0 ? $"&created_after={text}" : "")}>; rel=\"next\"" : "<https://made.up.example/>; rel=\"first\"";
            return new(200, $"[{string.Join(',', ids.Skip((page - 1) * 100).Take(100).Select(One))}]", ("Link", link));
        });
        var lines = (await Run(api, "find", "--no-expiry", "--format", "csv")).Good.TrimEnd('\n').Split('\n');
        Assert.Equal(Enumerable.Range(1, 1000).Select(id => $"{id}"), lines[1..].Select(line => line.Split(',')[0]));
        Assert.All(api.Seen, request => Assert.Equal(Token, request.Token));
        // The one owner was looked up once: by "user", at the start.
        Assert.DoesNotContain(api.Seen, request => request.Path == "/api/v4/users/1");
    }

    private static async Task<CliRun> Run(ScriptedApi api, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        return await CliProcess.Run(folder.Path, [.. arguments, "--gitlab", api.Address], "", $"GITLAB_TOKEN={Token}");
    }

    private static ScriptedAnswer GitLab(SeenRequest request) => request.Path switch
    {
        "/api/v4/personal_access_tokens/self" => new(200, Self),
        "/api/v4/user" => new(200, Root),
        "/api/v4/personal_access_tokens" => new(200, $"[{Self}]"),
        _ => new(200, "[]"),
    };
}
