using System.Text.Json;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Conformance;

/// <summary>Rotation, and what a revoked token that rotates again does.</summary>
public sealed class RotationTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Nobody = """401 {"message":"401 Unauthorized"}""";
    private const string AlreadyRevoked = """400 {"message":"400 Bad request - Token already revoked"}""";
    private const string WasRevoked = """401 {"error":"invalid_token","error_description":"Token was revoked. You have to re-authorize from the user."}""";

    private PatrolApp App => shared.App;

    [Fact]
    public async Task A_rotated_token_is_ended_and_its_successor_has_all_but_its_dates()
    {
        var owner = await App.AddUser();
        var (id, text) = await App.NewToken(owner, new { name = "lasting", description = "why", scopes = (string[])["api", "read_user"] });
        await App.Client(text).Get("user");
        var (status, rotated) = await App.Client(text).Post("personal_access_tokens/self/rotate");
        Assert.Equal(200, status);
        Assert.NotEqual(id, rotated.Id());
        Assert.Equal(("lasting", "why", "2026-11-29"), (rotated.Text("name"), rotated.Text("description"), rotated.Text("expires_at")));
        Assert.Equal("""["api","read_user"]""", rotated.GetProperty("scopes").ToString());
        Assert.Equal(owner, rotated.GetProperty("user_id").GetInt64());
        Assert.Equal((JsonValueKind.Null, "[]"), (rotated.GetProperty("last_used_at").ValueKind, rotated.GetProperty("last_used_ips").ToString()));
        Assert.Equal(WasRevoked, (await App.Client(text).Get("user")).Message());
        Assert.Equal(200, (await App.Client(rotated.Text("token")).Get("user")).Status);
    }

    [Theory]
    [InlineData("2027-11-22", 200)]
    [InlineData("2026-01-01", 200)]
    [InlineData("2027-11-23", 400)]
    public async Task A_date_may_lie_as_far_ahead_as_that_of_a_new_token_and_else_the_old_one_goes_on_working(string date, int expected)
    {
        var (id, text) = await App.NewToken(await App.AddUser());
        var (status, answer) = await App.Client().Post($"personal_access_tokens/{id}/rotate", new { expires_at = date });
        Assert.Equal(expected, status);
        Assert.Equal(expected == 200 ? 401 : 200, (await App.Client(text).Get("user")).Status);
        if (status == 200)
            Assert.Equal(date, answer.Text("expires_at"));
        else
            Assert.Equal("400 Bad request - Expires at must be before 2027-11-22", answer.Text("message"));
    }

    [Fact]
    public async Task Owners_and_administrators_rotate_by_id_and_to_others_nothing_is_there()
    {
        var owner = await App.AddUser();
        var client = await App.As(owner);
        var (id, _) = await App.NewToken(owner);
        var stranger = await App.As(await App.AddUser());
        Assert.Equal(Nobody, (await stranger.Post($"personal_access_tokens/{id}/rotate")).Message());
        Assert.Equal(Nobody, (await stranger.Post("personal_access_tokens/999999/rotate")).Message());
        Assert.Equal("""404 {"message":"404 Not Found"}""", (await App.Client().Post("personal_access_tokens/999999/rotate")).Message());
        Assert.Equal("""400 {"error":"expires_at is invalid"}""", (await client.Post($"personal_access_tokens/{id}/rotate", new { expires_at = "soon" })).Message());
        Assert.Equal(200, (await client.Post($"personal_access_tokens/{id}/rotate")).Status);
        Assert.Equal(AlreadyRevoked, (await client.Post($"personal_access_tokens/{id}/rotate")).Message());
        Assert.Equal(AlreadyRevoked, (await App.Client().Post($"personal_access_tokens/{id}/rotate")).Message());
    }

    [Fact]
    public async Task Rotating_by_id_needs_api_and_rotating_oneself_only_self_rotate()
    {
        var owner = await App.AddUser();
        var (id, text) = await App.NewToken(owner, "self_rotate");
        Assert.Equal(403, (await App.Client(text).Post($"personal_access_tokens/{id}/rotate")).Status);
        var small = await App.AddToken(owner, "read_api");
        Assert.Equal(403, (await App.Client(small).Post("personal_access_tokens/self/rotate")).Status);
        Assert.Equal(200, (await App.Client(text).Post("personal_access_tokens/self/rotate")).Status);
    }

    [Fact]
    public async Task An_expired_token_is_rotated_by_id_but_not_by_itself()
    {
        var owner = await App.AddUser();
        var expired = await App.Give($"expired-rotating-{owner}-00", userId: owner, expiresAt: App.Clock.GetUtcNow().AddDays(-3));
        Assert.Equal(401, (await App.Client($"expired-rotating-{owner}-00").Post("personal_access_tokens/self/rotate")).Status);
        Assert.Equal(200, (await (await App.As(owner)).Post($"personal_access_tokens/{expired.Id}/rotate")).Status);
    }

    [Fact]
    public async Task An_impersonation_token_rotates_itself_into_one()
    {
        var owner = await App.AddUser();
        await App.Give($"acting-rotating-{owner}-000", userId: owner, kind: TokenKind.Impersonation);
        var (status, rotated) = await App.Client($"acting-rotating-{owner}-000").Post("personal_access_tokens/self/rotate");
        Assert.Equal(200, status);
        Assert.Equal(200, (await App.Client().Get($"users/{owner}/impersonation_tokens/{rotated.Id()}")).Status);
    }

    [Fact]
    public async Task Of_many_rotations_at_the_same_moment_one_wins()
    {
        var owner = await App.AddUser();
        var (id, _) = await App.NewToken(owner);
        var client = await App.As(owner);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.Post($"personal_access_tokens/{id}/rotate")));
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal(AlreadyRevoked, answer.Message()));
        Assert.Single((await client.Get("personal_access_tokens?state=active&search=new")).Body.EnumerateArray());
    }

    [Fact]
    public async Task A_rotated_token_used_again_revokes_its_family()
    {
        var family = await Family();
        Assert.Equal(WasRevoked, (await App.Client(family.First).Post("personal_access_tokens/self/rotate")).Message());
        Assert.Equal(WasRevoked, (await App.Client(family.Last).Get("user")).Message());
        Assert.Equal(200, (await family.Other.Get("user")).Status);
    }

    [Theory]
    [InlineData("POST", "personal_access_tokens/17/rotate")]
    [InlineData("POST", "projects/1/access_tokens/self/rotate")]
    [InlineData("POST", "groups/1/access_tokens/17/rotate")]
    public async Task Any_attempt_to_rotate_with_a_revoked_token_counts(string method, string path)
    {
        var family = await Family();
        Assert.Equal(WasRevoked, (await App.Client(family.First).Send(new HttpMethod(method), path)).Message());
        Assert.Equal(401, (await App.Client(family.Last).Get("user")).Status);
    }

    [Theory]
    [InlineData("GET", "user")]
    [InlineData("GET", "personal_access_tokens/self")]
    [InlineData("DELETE", "personal_access_tokens/self")]
    [InlineData("GET", "personal_access_tokens")]
    public async Task Any_other_use_of_a_revoked_token_leaves_its_family_alone(string method, string path)
    {
        var family = await Family();
        Assert.Equal(401, (await App.Client(family.First).Send(new HttpMethod(method), path)).Status);
        Assert.Equal(200, (await App.Client(family.Last).Get("user")).Status);
    }

    [Fact]
    public async Task Rotating_a_revoked_token_by_id_with_a_good_one_leaves_its_family_alone()
    {
        var family = await Family();
        Assert.Equal(AlreadyRevoked, (await family.Other.Post($"personal_access_tokens/{family.FirstId}/rotate")).Message());
        Assert.Equal(200, (await App.Client(family.Last).Get("user")).Status);
    }

    [Fact]
    public async Task A_token_both_expired_and_revoked_leaves_its_family_alone()
    {
        var family = await Family();
        await App.Store().Write(async scope =>
        {
            await scope.Execute("UPDATE tokens SET expires_at = 0 WHERE id = @FirstId", new { family.FirstId });
            scope.Changes.Tokens.Add(family.FirstId);
        });
        Assert.Contains("expired", (await App.Client(family.First).Post("personal_access_tokens/self/rotate")).Message(), StringComparison.Ordinal);
        Assert.Equal(200, (await App.Client(family.Last).Get("user")).Status);
    }

    [Fact]
    public async Task Revoking_a_token_does_not_reach_those_before_it_in_its_family()
    {
        var owner = await App.AddUser();
        var (_, text) = await App.NewToken(owner);
        var (_, unrelated) = await App.NewToken(owner);
        var next = (await App.Client(text).Post("personal_access_tokens/self/rotate")).Body;
        await App.Client(next.Text("token")).Delete("personal_access_tokens/self");
        await App.Client(next.Text("token")).Post("personal_access_tokens/self/rotate");
        Assert.Equal(200, (await App.Client(unrelated).Get("user")).Status);
    }

    private async Task<(long FirstId, string First, string Last, HttpClient Other)> Family()
    {
        var owner = await App.AddUser();
        var (id, first) = await App.NewToken(owner);
        var second = (await App.Client(first).Post("personal_access_tokens/self/rotate")).Body.Text("token");
        var last = (await App.Client(second).Post("personal_access_tokens/self/rotate")).Body.Text("token");
        Assert.Equal(200, (await App.Client(last).Get("user")).Status);
        return (id, first, last!, await App.As(owner));
    }
}
