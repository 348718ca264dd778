using Patrol.Tests.Kit;

namespace Patrol.Tests.Config;

/// <summary>Systems by name, from the user's file.</summary>
public sealed class ProfileTests
{
    private const string Mine = """[{"id": 7, "name": "mine", "user_id": 1, "scopes": ["api"], "revoked": false, "created_at": "2026-01-01T00:00:00.000Z", "expires_at": null, "expiringAt": "9999-12-31T00:00:00.000Z"}]""";

    [Theory]
    [InlineData("gitlab", "PRIVATE"), InlineData("server", "Bearer"), InlineData("jira", "Bearer"), InlineData("confluence", "Bearer")]
    public async Task A_profile_names_a_system_of_any_kind_and_the_file_with_its_token(string kind, string scheme)
    {
        await using var api = await ScriptedApi.Start(Answer);
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["token"], "token-out-of-a-file\n");
        Write(folder, $"""
            # the systems of this house
            profiles:
              prod:
                {kind}: {api.Address}
                token-file: ~/token
            """);
        var run = await CliProcess.Run(folder.Path, ["find", "--no-expiry", "--format", "csv", "--profile", "prod"], "", $"{kind.ToUpperInvariant()}_TOKEN=not-this-one");
        Assert.Contains("\n7,", run.Good, StringComparison.Ordinal);
        Assert.All(api.Seen, request => Assert.Equal(scheme == "Bearer" && !request.Path.StartsWith("/api/v4/", StringComparison.Ordinal) ? "Bearer token-out-of-a-file" : "token-out-of-a-file", request.Token));

        // An option says more than the profile.
        await File.WriteAllTextAsync(folder["other"], "another-token");
        await CliProcess.Run(folder.Path, ["find", "--no-expiry", "--profile", "prod", "--token-file", "other"]);
        Assert.EndsWith("another-token", api.Seen[^1].Token, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("profiles:\n  prod:\n    gitlab: http://127.0.0.1:9\n    server: http://127.0.0.1:9\n", "must name exactly one system")]
    [InlineData("profiles:\n  prod:\n    token-file: x\n", "must name exactly one system")]
    [InlineData("profiles:\n  prod:\n    jira: http://127.0.0.1:9\n    token: s3cret\n", "has a setting 'token' that there is not")]
    [InlineData("profiles:\n  test:\n    jira: http://127.0.0.1:9\n", "has no profile 'prod'; it has: test")]
    [InlineData("profiles:\n  prod:\n    jira: http://127.0.0.1:9\n  prod:\n    jira: http://127.0.0.1:8\n", "line 5: there is a profile 'prod' already")]
    [InlineData("profiles:\n  prod:\n    jira: http://127.0.0.1:9\n    jira: http://127.0.0.1:8\n", "profile 'prod' has 'jira' twice")]
    [InlineData("# nothing\n", "has no profile 'prod'; it has: none")]
    [InlineData("profiles: \"no end", "not readable as YAML")]
    [InlineData("profile: x\n", "'profile' is not a setting")]
    [InlineData("profiles:\n  prod: https://gitlab.example.com\n", "names with settings below them are expected here")]
    [InlineData(null, "There are no profiles")]
    public async Task A_wrong_file_is_named_with_what_is_wrong(string? text, string told)
    {
        using var folder = new TemporaryFolder();
        if (text is not null)
            Write(folder, text);
        var line = (await CliProcess.Run(folder.Path, ["find", "--no-expiry", "--profile", "prod"], "", "GITLAB_TOKEN=x", "JIRA_TOKEN=x")).Line(2);
        Assert.Contains(told, line, StringComparison.Ordinal);
        Assert.Contains("config.yaml", line, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_called_one()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder[".config/patrol/config.yaml"]);
        Assert.EndsWith("/config.yaml is a folder, not a file.", (await CliProcess.Run(folder.Path, ["dates", "--profile", "prod"])).Line(2), StringComparison.Ordinal);
        Assert.Equal(". is a folder, not a file.", (await CliProcess.Run(folder.Path, ["dates", "--gitlab", "http://127.0.0.1:9", "--token-file", "."])).Line(2));
    }

    [Fact]
    public async Task Exactly_one_system_is_named()
    {
        using var folder = new TemporaryFolder();
        foreach (var options in (string[][])[[], ["--gitlab", "http://127.0.0.1:9", "--server", "http://127.0.0.1:9"], ["--jira", "http://127.0.0.1:9", "--profile", "prod"]])
        {
            Assert.StartsWith(
                "Say which system, exactly one: --gitlab-db CONNECTION, --gitlab URL, --server URL, --jira URL, --confluence URL or --profile NAME.",
                (await CliProcess.Run(folder.Path, ["analyze", .. options])).Line(2), StringComparison.Ordinal);
        }
    }

    private static void Write(TemporaryFolder folder, string text)
    {
        Directory.CreateDirectory(folder[".config/patrol"]);
        File.WriteAllText(folder[".config/patrol/config.yaml"], text);
    }

    private static ScriptedAnswer Answer(SeenRequest request) => request.Path switch
    {
        "/api/v4/personal_access_tokens/self" => new(200, Mine[1..^1]),
        "/api/v4/user" => new(200, """{"id": 1, "username": "root", "is_admin": true}"""),
        "/api/v4/personal_access_tokens" or "/rest/pat/latest/tokens" => new(200, Mine),
        "/api/patrol/v1/tokens" => new(200, $$"""{"items": {{Mine}}, "page": 1, "per_page": 1000, "total": 1}"""),
        "/rest/api/2/myself" or "/rest/api/user/current" => new(200, """{"name": "robin", "username": "robin"}"""),
        "/rest/pat/latest/tokens/search" => new(403),
        _ => new(200, "[]"),
    };
}
