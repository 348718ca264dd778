using System.Net;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

/// <summary>"Why does my token not work?", asked by somebody who is not signed in.</summary>
public sealed class CheckTests : IAsyncLifetime
{
    private PatrolApp app = null!;
    private PageClient browser = null!;

    public async ValueTask InitializeAsync()
    {
        app = await PatrolApp.Start("--Patrol:Ban:ExemptLoopback=false", "--Patrol:Ban:MaximumFailures=4");
        browser = new PageClient(app.Address);
    }

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await app.DisposeAsync();
    }

    [Fact]
    public async Task A_good_token_works()
    {
        var (text, _) = await NewToken("read_api");
        Assert.Contains("This token works.", await Ask(text), StringComparison.Ordinal);
        Assert.Contains("Blanks or line breaks stood around", await Ask($" {text}\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_lacks_a_scope_says_which_and_a_wider_one_suffices()
    {
        var (text, _) = await NewToken("read_api");
        Assert.Contains("lacks the scope write_repository", await Ask(text, "write_repository"), StringComparison.Ordinal);
        Assert.Contains("This token works.", await Ask(text, "read_repository"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_revoked_says_when_and_by_whom()
    {
        var (text, id) = await NewToken("read_api");
        app.Clock.Advance(TimeSpan.FromMinutes(7));
        await app.Client().Delete($"personal_access_tokens/{id}");
        Assert.Contains("This token was revoked at 2026-11-22 12:07 by @root.", await Ask(text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_of_many_that_were_revoked_says_so_too()
    {
        var (text, _) = await NewToken("read_user");
        using var root = await app.Browser();
        await root.ConfirmBulk(("query", "?scope=read_user&search=checked"), ("which", "all"), ("action", "revoke"));
        Assert.Contains("by @root.", await Ask(text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_was_rotated_says_that_another_has_taken_its_place()
    {
        var (text, _) = await NewToken("api");
        await app.Client(text).Post("personal_access_tokens/self/rotate");
        Assert.Contains("a newer token has taken its place", await Ask(text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_expired_says_since_when()
    {
        var (text, _) = await NewToken("read_api");
        app.Clock.Advance(TimeSpan.FromDays(40));
        Assert.Contains("This token expired on 2026-12-30.", await Ask(text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_whose_owner_is_blocked_says_so_and_tells_no_more_than_its_holder_may_know()
    {
        var (_, id) = await app.AddPerson();
        var text = await app.AddToken(id);
        await app.Client().Post($"users/{id}/block");
        Assert.Contains("The token&#x27;s owner is blocked.", await Ask(text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_one_is_told_from_an_unknown_one_and_guessing_is_shut_out()
    {
        var (text, _) = await NewToken("read_api");
        Assert.Contains("damaged or incomplete", await Ask(text[..^3]), StringComparison.Ordinal);
        Assert.Contains("does not know this token", await Ask("some-other-systems-token-0001"), StringComparison.Ordinal);
        Assert.Contains("does not know this token", await Ask("glpat-older-gitlab-0000003"), StringComparison.Ordinal);
        await Ask("guess-number-four-000004");
        var denied = await browser.Post("/-/token_check", "/-/token_check", ("token", text));
        Assert.Equal(HttpStatusCode.TooManyRequests, denied.Status);
    }

    private async Task<(string Text, long Id)> NewToken(string scope)
    {
        var (_, body) = await app.Client().Post("users/1/personal_access_tokens", new { name = "checked", scopes = new[] { scope }, expires_at = "2026-12-30" });
        return (body.GetProperty("token").GetString()!, body.GetProperty("id").GetInt64());
    }

    private async Task<string> Ask(string token, string scope = "")
    {
        var answer = await browser.Post("/-/token_check", "/-/token_check", ("token", token), ("scope", scope));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        // Neither the text nor any part of it that would do.
        Assert.DoesNotContain(token.Trim()[..Math.Min(16, token.Trim().Length)], answer.Text, StringComparison.Ordinal);
        return answer.Text;
    }
}
