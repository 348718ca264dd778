using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Patrol.Tests.Kit;

/// <summary>Calls Atlassian's API as its clients do.</summary>
internal static class AtlassianKit
{
    /// <summary>Root's password on servers that <see cref="PatrolApp"/> starts.</summary>
    public const string RootPassword = "correct horse battery";

    public const string Tokens = "pat/latest/tokens";

    /// <summary>A client below <c>/rest</c> that presents nothing.</summary>
    public static HttpClient Rest(this PatrolApp app, string context = "") => new() { BaseAddress = new Uri(app.Address, $"{context}/rest/") };

    /// <summary>A client with a token as bearer.</summary>
    public static HttpClient Bearer(this PatrolApp app, string token)
    {
        var client = app.Rest();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A client with a user's password.</summary>
    public static HttpClient Basic(this PatrolApp app, string username = "root", string password = RootPassword)
    {
        var client = app.Rest();
        client.DefaultRequestHeaders.Authorization = BasicOf(username, password);
        return client;
    }

    public static AuthenticationHeaderValue BasicOf(string username, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}")));

    /// <summary>Makes a token; answers its id and text.</summary>
    public static async Task<(long Id, string Text)> NewPat(this HttpClient client, string name = "new", int? days = null)
    {
        var (status, body) = await client.Post(Tokens, days is null ? new { name } : new { name, expirationDuration = days });
        Assert.Equal((201, ""), (status, status == 201 ? "" : body.ToString()));
        return (body.Id(), body.GetProperty("rawToken").GetString()!);
    }

    /// <summary>A person with a password; answers the id.</summary>
    public static async Task<long> AddPerson(this PatrolApp app, string username, string password)
    {
        var (status, body) = await app.Client().Post("users", new { username, name = $"Name of {username}", email = $"{username}@example.org", password });
        Assert.Equal((201, ""), (status, status == 201 ? "" : body.ToString()));
        return body.Id();
    }

    /// <summary>Checks that an error says the same in all the ways that clients look for; answers what it says.</summary>
    public static string AssertError(this RawAnswer answer, int status)
    {
        Assert.Equal((status, ""), (answer.Status, answer.Status == status ? "" : answer.Body));
        Assert.Equal("application/json;charset=UTF-8", answer.Header("Content-Type"));
        var message = answer.Json.GetProperty("message").GetString()!;
        Assert.NotEmpty(message);
        Assert.Equal(status, answer.Json.GetProperty("status-code").GetInt32());
        Assert.Equal([message], answer.Json.GetProperty("errorMessages").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal(JsonValueKind.Object, answer.Json.GetProperty("errors").ValueKind);
        return message;
    }
}
