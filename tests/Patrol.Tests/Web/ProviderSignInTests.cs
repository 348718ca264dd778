using System.Net;
using Patrol.Server.Start;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

public sealed class ProviderSignInTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private OpenIdProvider provider = null!;
    private PatrolApp app = null!;

    public async ValueTask InitializeAsync()
    {
        provider = await OpenIdProvider.Start(PatrolApp.NewClock());
        await File.WriteAllTextAsync(folder["client-secret"], OpenIdProvider.ClientSecret + "\n");
        app = await PatrolApp.Start(
            $"--Patrol:OpenIdConnect:Authority={provider.Issuer}", $"--Patrol:OpenIdConnect:ClientId={OpenIdProvider.ClientId}",
            $"--Patrol:OpenIdConnect:ClientSecretFile={folder["client-secret"]}", "--Patrol:OpenIdConnect:Name=Example ID");
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await provider.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_person_whose_address_the_provider_has_verified_is_signed_in_and_brought_back()
    {
        await app.AddPerson("mika");
        (provider.Subject, provider.Email) = ("subject-1", "MIKA@example.org");
        using var browser = new PageClient(app.Address);
        Assert.Contains("Sign in with Example ID", (await browser.Get("/users/sign_in?return_to=/-/calendar")).Text, StringComparison.Ordinal);
        Assert.Equal("/-/calendar", (await SignIn(browser, "?return_to=/-/calendar")).Location);
        Assert.Contains("@mika", (await browser.Get("/-/calendar")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_the_second_time_on_the_subject_counts_and_not_the_address()
    {
        await app.AddPerson("robin");
        (provider.Subject, provider.Email) = ("subject-2", "robin@example.org");
        using var first = new PageClient(app.Address);
        await SignIn(first);
        // Somebody else has got the address since; the subject is still robin.
        await app.AddPerson("lee");
        provider.Email = "lee@example.org";
        using var second = new PageClient(app.Address);
        await SignIn(second);
        Assert.Contains("@robin", (await second.Get("/-/calendar")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_given_the_address_of_somebody_who_left_does_not_become_them()
    {
        await app.AddPerson("alex");
        (provider.Subject, provider.Email) = ("subject-6", "alex@example.org");
        using var first = new PageClient(app.Address);
        await SignIn(first);
        provider.Subject = "subject-9";
        using var second = new PageClient(app.Address);
        Assert.Equal("/users/sign_in?failure=no_account", (await SignIn(second)).Location);
        Assert.Equal(1, await app.Count("SELECT count(*) FROM identities"));
        Assert.Equal(1, await app.Count("SELECT count(*) FROM audit WHERE action = 'identity.link'"));
    }

    [Theory]
    [InlineData("root-by-address", "admin@example.com", false, "no_account")]
    [InlineData("nobody", "nobody@example.org", true, "no_account")]
    public async Task An_address_that_is_not_verified_or_has_no_account_lets_nobody_in(string subject, string email, bool verified, string failure)
    {
        (provider.Subject, provider.Email, provider.EmailVerified) = (subject, email, verified);
        using var browser = new PageClient(app.Address);
        Assert.Equal($"/users/sign_in?failure={failure}", (await SignIn(browser)).Location);
        Assert.Contains("There is no account here", (await browser.Get($"/users/sign_in?failure={failure}")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.Get("/-/calendar")).Status);
    }

    [Fact]
    public async Task A_blocked_person_is_not_let_in()
    {
        var (_, id) = await app.AddPerson("amara");
        await app.Client().Post($"users/{id}/block");
        (provider.Subject, provider.Email) = ("subject-3", "amara@example.org");
        using var browser = new PageClient(app.Address);
        Assert.Equal("/users/sign_in?failure=blocked", (await SignIn(browser)).Location);
    }

    [Fact]
    public async Task An_answer_that_the_provider_did_not_sign_lets_nobody_in()
    {
        await app.AddPerson("ines");
        (provider.Subject, provider.Email, provider.Lies) = ("subject-4", "ines@example.org", true);
        using var browser = new PageClient(app.Address);
        Assert.Equal("/users/sign_in?failure=refused", (await SignIn(browser)).Location);
        // One line that says so, and nothing of what the provider sent.
        var line = Assert.Single(app.Says.Of("Authentication", "SignIn"));
        Assert.StartsWith("Warning: Signing in with the provider failed: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public async Task An_answer_that_another_browser_asked_for_lets_nobody_in()
    {
        await app.AddPerson("jo");
        (provider.Subject, provider.Email) = ("subject-5", "jo@example.org");
        using var asked = new PageClient(app.Address);
        var callback = await AtProvider(await asked.Get("/users/auth/openid_connect"));
        using var other = new PageClient(app.Address);
        Assert.Equal("/users/sign_in?failure=refused", (await other.Get(callback)).Location);
    }

    [Theory]
    [InlineData("--Patrol:OpenIdConnect:Authority=http://example.org", "Patrol:OpenIdConnect:Authority: 'http://example.org' is not an https URL.")]
    [InlineData("--Patrol:OpenIdConnect:ClientId=x", "Patrol:OpenIdConnect:Authority is missing.")]
    [InlineData("--Patrol:OpenIdConnect:Authority=https://example.org", "Patrol:OpenIdConnect:ClientId is missing.")]
    public async Task A_wrong_setting_is_named(string option, string message) =>
        Assert.Equal(message, (await Assert.ThrowsAsync<StartException>(() => PatrolApp.Start(option))).Message);

    private static async Task<PageAnswer> SignIn(PageClient browser, string query = "")
    {
        var sent = await browser.Get("/users/auth/openid_connect" + query);
        Assert.Equal(HttpStatusCode.Redirect, sent.Status);
        return await browser.Get(await AtProvider(sent));
    }

    // The provider knows its visitor and sends them straight back.
    private static async Task<string> AtProvider(PageAnswer sent)
    {
        using var visitor = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        return (await visitor.GetAsync(sent.Location)).Headers.Location!.PathAndQuery;
    }
}
