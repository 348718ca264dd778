using System.Net;
using System.Text.RegularExpressions;

namespace Patrol.Tests.Kit;

/// <summary>A page as it came: status, headers, text.</summary>
public sealed record PageAnswer(HttpStatusCode Status, string Text, HttpResponseMessage Response)
{
    /// <summary>What a bulk change's form says has been seen.</summary>
    public string Seen => Regex.Match(Text, "name=\"seen\" value=\"([^\"]+)\"").Groups[1].Value;

    /// <summary>Where the browser is sent.</summary>
    public string? Location => Response.Headers.Location?.ToString();

    /// <summary>The text that a page shows once, in the field for it.</summary>
    public string? ShownOnce => Regex.Match(Text, "value=\"([^\"]*)\"[^>]* data-once") is { Success: true } match ? WebUtility.HtmlDecode(match.Groups[1].Value) : null;
}

/// <summary>A browser without a screen: keeps cookies, fills in forms, and goes where it is sent only when told to.</summary>
public sealed class PageClient : IDisposable
{
    private readonly HttpClient http;

    public PageClient(Uri address, string language = "en")
    {
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies, UseProxy = false }) { BaseAddress = address };
        http.DefaultRequestHeaders.Add("Accept-Language", language);
    }

    public CookieContainer Cookies { get; } = new();

    public async Task<PageAnswer> Get(string path) => await Read(await http.GetAsync(path));

    /// <summary>Sends a form of a page, with the hidden field that the page holds.</summary>
    public async Task<PageAnswer> Post(string page, string action, params (string Name, string Value)[] fields)
    {
        var form = await Get(page);
        var mark = Regex.Match(form.Text, "name=\"form_mark\" value=\"([^\"]+)\"");
        Assert.True(mark.Success, $"{page} holds no form: {form.Status}");
        return await PostUnmarked(action, [.. fields, ("form_mark", WebUtility.HtmlDecode(mark.Groups[1].Value))]);
    }

    /// <summary>Sends a form as another site would.</summary>
    public Task<PageAnswer> PostUnmarked(string action, params (string Name, string Value)[] fields) => PostUnmarked(action, referer: null, fields);

    /// <summary>The same with the page from which the browser says that it comes.</summary>
    public async Task<PageAnswer> PostUnmarked(string action, string? referer, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, action)
        {
            Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        };
        request.Headers.Referrer = referer is null ? null : new Uri(referer);
        return await Read(await http.SendAsync(request));
    }

    public Task<PageAnswer> SignIn(string login = "root", string password = "correct horse battery", string returnTo = "/") =>
        Post("/users/sign_in", "/users/sign_in", ("login", login), ("password", password), ("return_to", returnTo));

    public void Dispose() => http.Dispose();

    private static async Task<PageAnswer> Read(HttpResponseMessage response) => new(response.StatusCode, await response.Content.ReadAsStringAsync(), response);
}

/// <summary>Browsers for tests.</summary>
public static class PageKit
{
    /// <summary>Asks for a change of many tokens, reads what would be done, and confirms it.</summary>
    public static async Task<PageAnswer> ConfirmBulk(this PageClient browser, params (string Name, string Value)[] fields)
    {
        var plan = await browser.Post("/admin/tokens", "/admin/tokens/bulk", fields);
        return await browser.Post("/admin/tokens", "/admin/tokens/bulk/confirm", [.. fields, ("seen", plan.Seen), ("sure", "yes")]);
    }

    public const string Password = "a long enough password";

    /// <summary>A browser in which root, or that user, is signed in.</summary>
    public static async Task<PageClient> Browser(this PatrolApp app, string login = "root", string password = "correct horse battery", string language = "en")
    {
        var browser = new PageClient(app.Address, language);
        var answer = await browser.SignIn(login, password);
        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        return browser;
    }

    /// <summary>Makes a person with a password; answers the user name and id.</summary>
    public static async Task<(string Username, long Id)> AddPerson(this PatrolApp app, string? username = null)
    {
        username ??= DirectoryKit.Name("person");
        var (status, body) = await app.Client().Post("users", new { username, name = $"Name of {username}", email = $"{username}@example.org", password = Password });
        Assert.Equal((201, ""), (status, status == 201 ? "" : body.ToString()));
        return (username, body.GetProperty("id").GetInt64());
    }
}
