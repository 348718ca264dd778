using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Conformance;

/// <summary>Which scope opens which endpoint: every scope there is against every endpoint the server has.</summary>
public sealed class ScopeTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private PatrolApp App => shared.App;

    public static TheoryData<string> Scopes => [.. ScopeCatalog.All.Select(scope => scope.Name)];

    [Theory, MemberData(nameof(Scopes))]
    public async Task A_scope_opens_exactly_its_endpoints(string scope)
    {
        var owner = await App.AddUser();
        var lasting = await App.AddToken(owner, scope);
        var wrong = new List<string>();
        foreach (var endpoint in App.Endpoints())
        {
            var token = EndsItsToken(endpoint) ? await App.AddToken(owner, scope) : lasting;
            var answer = await App.Client(token).Ask(new HttpMethod(endpoint.Method), endpoint.Path(_ => "999999"));
            var refused = answer.Body.Contains("insufficient_scope", StringComparison.Ordinal);
            if (answer.Status == 401 && answer.Body.Contains("invalid_token", StringComparison.Ordinal) || answer.Status >= 500 || Opens(scope, endpoint) == refused)
                wrong.Add($"{endpoint}: {answer}");
            if (refused && answer.Json.Text("scope") != Wanted(endpoint))
                wrong.Add($"{endpoint} wants {answer.Json.Text("scope")}");
            if (endpoint.Reads && (await App.Client(token).Ask(HttpMethod.Head, endpoint.Path(_ => "999999"))).Status != answer.Status)
                wrong.Add($"HEAD {endpoint}");
        }
        Assert.Equal([], wrong);
    }

    [Fact]
    public async Task An_impersonation_token_needs_scopes_like_any_other()
    {
        var owner = await App.AddUser();
        await App.Give("impersonation-scopes-1", "read_user", owner, TokenKind.Impersonation);
        Assert.Equal(200, (await App.Client("impersonation-scopes-1").Ask("user")).Status);
        Assert.Equal(403, (await App.Client("impersonation-scopes-1").Ask("groups")).Status);
    }

    [Fact]
    public async Task Several_scopes_open_what_each_of_them_opens()
    {
        var token = await App.AddToken(await App.AddUser(), "read_user", "self_rotate");
        Assert.Equal(200, (await App.Client(token).Ask("user")).Status);
        Assert.Equal(403, (await App.Client(token).Ask("groups")).Status);
        Assert.Equal(200, (await App.Client(token).Ask(HttpMethod.Post, "personal_access_tokens/self/rotate")).Status);
    }

    private static bool EndsItsToken(ApiEndpoint endpoint) =>
        endpoint.Pattern.StartsWith("/personal_access_tokens/self", StringComparison.Ordinal) && !endpoint.Reads;

    private static bool IsSelfRotation(ApiEndpoint endpoint) => endpoint.Pattern.EndsWith("/self/rotate", StringComparison.Ordinal);

    // The users API, and what tells the version.
    private static bool IsUsers(ApiEndpoint endpoint) =>
        (endpoint.Pattern.Split('/')[1] is "user" or "users" && !endpoint.Pattern.EndsWith("/projects", StringComparison.Ordinal))
        || endpoint.Pattern is "/version" or "/metadata";

    private static bool Opens(string scope, ApiEndpoint endpoint) =>
        (endpoint.Pattern.StartsWith("/personal_access_tokens/self", StringComparison.Ordinal) && !IsSelfRotation(endpoint))
        || scope switch
        {
            "api" => true,
            "read_api" => endpoint.Reads,
            "read_user" => endpoint.Reads && IsUsers(endpoint),
            "self_rotate" => IsSelfRotation(endpoint),
            _ => false,
        };

    private static string Wanted(ApiEndpoint endpoint) =>
        IsSelfRotation(endpoint) ? "api self_rotate api read_api" : IsUsers(endpoint) ? "read_user api read_api" : "api read_api";
}
