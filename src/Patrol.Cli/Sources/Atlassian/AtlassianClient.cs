using System.Net;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.Atlassian;

/// <summary>Which of Atlassian's products; their API for tokens is the same.</summary>
/// <param name="Option">The option's name.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Variable">Where the token to sign in with comes from.</param>
/// <param name="CurrentUser">The path that tells who is signed in.</param>
internal sealed record AtlassianProduct(string Option, string Name, string Variable, string CurrentUser)
{
    public static readonly AtlassianProduct Jira = new("jira", "Jira", "JIRA_TOKEN", "rest/api/2/myself");
    public static readonly AtlassianProduct Confluence = new("confluence", "Confluence", "CONFLUENCE_TOKEN", "rest/api/user/current");
}

/// <summary>The API for personal access tokens of Jira and Confluence Data Center, <c>/rest/pat</c>.</summary>
internal sealed class AtlassianClient(AtlassianProduct product, Uri address) : IDisposable
{
    private const string Tokens = "rest/pat/latest/tokens";
    private const int PerPage = 100;

    private readonly ApiClient api = new($"{product.Name} at {address.GetLeftPart(UriPartial.Path).TrimEnd('/')}", address);

    public string Name => api.Name;

    /// <summary>Whose token this is; also the proof that it works.</summary>
    public async Task<AtlassianUser> CurrentUser(Secret token, CancellationToken cancellation)
    {
        var user = (await Get(product.CurrentUser, token, cancellation)).Read(Name, AtlassianJson.Default.AtlassianUser);
        // Some instances take a dead token for nobody's and go on.
        return user is { Type: "anonymous" } or { Name: null, Username: null }
            ? throw new ApiFault($"{Name} does not accept the token: it takes us for nobody.", HttpStatusCode.Unauthorized, ExitCode.NotAllowed)
            : user;
    }

    /// <summary>One's own tokens.</summary>
    public async Task<List<AtlassianToken>> Own(Secret token, CancellationToken cancellation)
    {
        try
        {
            return (await Get(Tokens, token, cancellation)).Read(Name, AtlassianJson.Default.ListAtlassianToken);
        }
        catch (ApiFault fault) when (fault.Status == HttpStatusCode.NotFound)
        {
            throw new ApiFault($"{Name} has no API for tokens; Jira has it from 8.14 on, Confluence from 7.9 on. Is the address right, with its path if it has one?", fault.Status, ExitCode.WrongUsage, fault);
        }
    }

    /// <summary>Everybody's tokens, for administrators; null where the instance does not allow it, or does not have it.</summary>
    /// <remarks>Atlassian does not document this call. How its pages end is not known either, so it goes on until one is not full.</remarks>
    public async Task<List<AtlassianToken>?> All(Secret token, CancellationToken cancellation)
    {
        var all = new List<AtlassianToken>();
        try
        {
            for (var page = 0; ; page++)
            {
                var request = new ApiRequest(HttpMethod.Post, $"{Tokens}/search", Credential.Bearer(token)) { IsRepeatable = true };
                var found = (await api.Send(request.With(new AtlassianSearch(page, PerPage, "", []), AtlassianJson.Default.AtlassianSearch), cancellation))
                    .Read(Name, AtlassianJson.Default.AtlassianFound).Values ?? [];
                all.AddRange(found);
                if (found.Count < PerPage)
                    return all;
            }
        }
        catch (ApiFault fault) when (fault.Status is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
        {
            return null;
        }
    }

    /// <summary>Makes a token for whom the token belongs to that signs in.</summary>
    public async Task<AtlassianToken> Create(Secret token, string name, int? days, CancellationToken cancellation) =>
        (await api.Send(new ApiRequest(HttpMethod.Post, Tokens, Credential.Bearer(token)).With(new NewAtlassianToken(name, days), AtlassianJson.Default.NewAtlassianToken), cancellation))
            .Read(Name, AtlassianJson.Default.AtlassianToken);

    /// <exception cref="ApiFault">Also when it is not there: 404.</exception>
    public Task Revoke(Secret token, long id, CancellationToken cancellation) =>
        api.Send(new ApiRequest(HttpMethod.Delete, $"{Tokens}/{id}", Credential.Bearer(token)), cancellation);

    public void Dispose() => api.Dispose();

    private Task<ApiAnswer> Get(string path, Secret token, CancellationToken cancellation) =>
        api.Send(new ApiRequest(HttpMethod.Get, path, Credential.Bearer(token)), cancellation);
}
