using System.Net;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

/// <summary>People change their own password; administrators make accounts and change them.</summary>
public sealed class PasswordTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Mine = "/-/user_settings/password/edit", Action = "/-/user_settings/password", Users = "/admin/users";
    private const string Another = "another long password";

    private PatrolApp App => shared.App;

    [Fact]
    public async Task A_new_password_ends_all_other_sessions_and_the_old_password_and_no_token()
    {
        var (username, id) = await App.AddPerson();
        var token = await App.AddToken(id);
        using var here = await App.Browser(username, PageKit.Password);
        using var elsewhere = await App.Browser(username, PageKit.Password);
        var sent = await here.Post(Mine, Action, ("current_password", PageKit.Password), ("password", Another), ("password_confirmation", Another));
        Assert.Equal((HttpStatusCode.SeeOther, $"{Mine}?changed=yes"), (sent.Status, sent.Location));
        Assert.Contains("Your password is changed.", (await here.Get(sent.Location!)).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await elsewhere.Get(Mine)).Status);
        Assert.Equal(200, (await App.Client(token).Get("user")).Status);
        using var late = new PageClient(App.Address);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await late.SignIn(username, PageKit.Password)).Status);
        Assert.Equal(HttpStatusCode.SeeOther, (await late.SignIn(username, Another)).Status);
    }

    [Theory]
    [InlineData("wrong password", Another, Another, "Is not your password")]
    [InlineData(PageKit.Password, Another, "something else", "Is not the same")]
    [InlineData(PageKit.Password, "short", "short", "Is too short (minimum is 8 characters)")]
    [InlineData(PageKit.Password, "", "", "Is too short (minimum is 8 characters)")]
    public async Task A_form_that_is_not_right_changes_nothing(string current, string password, string again, string problem)
    {
        var (username, _) = await App.AddPerson();
        using var browser = await App.Browser(username, PageKit.Password);
        var refused = await browser.Post(Mine, Action, ("current_password", current), ("password", password), ("password_confirmation", again));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains(problem, refused.Text, StringComparison.Ordinal);
        using var late = new PageClient(App.Address);
        Assert.Equal(HttpStatusCode.SeeOther, (await late.SignIn(username, PageKit.Password)).Status);
    }

    [Fact]
    public async Task Guessing_the_old_password_is_slowed_down_as_at_the_door()
    {
        var (username, _) = await App.AddPerson();
        using var browser = await App.Browser(username, PageKit.Password);
        for (var guess = 0; guess < 3; guess++)
            await browser.Post(Mine, Action, ("current_password", $"guess {guess}"), ("password", Another), ("password_confirmation", Another));
        var denied = await browser.Post(Mine, Action, ("current_password", PageKit.Password), ("password", Another), ("password_confirmation", Another));
        Assert.Equal(HttpStatusCode.TooManyRequests, denied.Status);
        Assert.NotNull(denied.Response.Headers.RetryAfter);
    }

    [Fact]
    public async Task An_administrator_makes_an_account_and_its_owner_signs_in()
    {
        using var root = await App.Browser();
        var username = DirectoryKit.Name("made");
        var sent = await root.Post($"{Users}/new", Users, ("name", "Made Here"), ("username", username), ("email", $"{username}@example.org"), ("password", PageKit.Password));
        Assert.Equal(HttpStatusCode.SeeOther, sent.Status);
        Assert.Contains("The user is made.", (await root.Get(sent.Location!)).Text, StringComparison.Ordinal);
        using var theirs = await App.Browser(username, PageKit.Password);
        Assert.Equal(HttpStatusCode.NotFound, (await theirs.Get($"{Users}/new")).Status);

        // Their new name, address and password, and what comes with being an administrator.
        var edit = $"{sent.Location}/edit";
        Assert.Equal(sent.Location, (await root.Post(edit, edit, ("name", "Renamed"), ("username", username), ("email", $"new-{username}@example.org"), ("password", Another), ("admin", "true"))).Location);
        Assert.Equal(HttpStatusCode.Redirect, (await theirs.Get(Mine)).Status);
        using var again = await App.Browser($"new-{username}@example.org", Another);
        Assert.Contains("Renamed", (await again.Get($"{Users}/new")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "fresh", "fresh@example.org", "", "en", "Can&#x27;t be blank")]
    [InlineData("Fresh", "a b", "fresh@example.org", "", "en", "Can contain only letters, digits")]
    [InlineData("Fresh", "admin", "fresh@example.org", "", "ja", "この名前は使えません")]
    [InlineData("Fresh", "root", "fresh@example.org", "", "ja", "このユーザー名はすでに使われています")]
    [InlineData("Fresh", "fresh", "admin@example.com", "", "ja", "このメールアドレスはすでに使われています")]
    [InlineData("Fresh", "fresh", "fresh", "", "ja", "正しくありません")]
    [InlineData("Fresh", "fresh", "fresh@example.org", "short", "ja", "短すぎます (8 文字以上)")]
    public async Task An_account_that_cannot_be_is_refused_in_words_and_what_was_typed_stays(string name, string username, string email, string password, string language, string problem)
    {
        using var root = await App.Browser(language: language);
        var refused = await root.Post($"{Users}/new", Users, ("name", name), ("username", username), ("email", email), ("password", password));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains(problem.Replace("&#x27;", "'", StringComparison.Ordinal), WebUtility.HtmlDecode(refused.Text), StringComparison.Ordinal);
        Assert.Contains($"value=\"{email}\"", refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"short\"", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_administrator_stays_one()
    {
        await using var app = await PatrolApp.Start();
        using var root = await app.Browser();
        var refused = await root.Post($"{Users}/1/edit", $"{Users}/1/edit", ("name", "Administrator"), ("username", "root"), ("email", "admin@example.com"), ("password", Another));
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.Contains("The last administrator cannot be demoted", refused.Text, StringComparison.Ordinal);
        // Nor does that form change one's own password.
        Assert.Equal($"{Users}/1", (await root.Post($"{Users}/1/edit", $"{Users}/1/edit", ("name", "Administrator"), ("username", "root"), ("email", "admin@example.com"), ("password", Another), ("admin", "true"))).Location);
        (await app.Browser()).Dispose();
    }
}
