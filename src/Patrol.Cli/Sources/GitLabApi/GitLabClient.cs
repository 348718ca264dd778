using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.GitLabApi;

/// <summary>
/// GitLab's REST API for tokens, as one token sees it. It leaves to others what the answers mean together:
/// <see cref="GitLabApiSource"/> and <see cref="TokenOwners"/>.
/// </summary>
internal sealed class GitLabClient : IDisposable
{
    private const string Tokens = "personal_access_tokens";

    /// <summary>GitLab's largest page.</summary>
    public const int PerPage = 100;

    private readonly ApiClient api;
    private readonly TimeSpan patience;

    /// <param name="address">GitLab's address, with a slash at the end.</param>
    /// <param name="patience">How long an answer may take; null for a minute.</param>
    public GitLabClient(Uri address, TimeSpan? patience = null) => (this.patience, api) = (patience ?? TimeSpan.FromMinutes(1), new ApiClient($"GitLab at {address.GetLeftPart(UriPartial.Path).TrimEnd('/')}", new Uri(address, "api/v4/")));

    public string Name => api.Name;

    /// <summary>The token that signs in.</summary>
    public async Task<GitLabToken> Self(Secret token, CancellationToken cancellation)
    {
        try
        {
            return (await Get($"{Tokens}/self", token, cancellation)).Read(Name, GitLabJson.Default.GitLabToken);
        }
        catch (ApiFault fault) when (fault.Status == HttpStatusCode.NotFound)
        {
            throw new ApiFault($"{Name} has no API for tokens. Is the address GitLab's own, with its path if it has one?", fault.Status, ExitCode.WrongUsage, fault);
        }
    }

    /// <summary>One token; null if there is none of that id, or none that this token may see.</summary>
    public async Task<GitLabToken?> Token(Secret token, long id, CancellationToken cancellation) =>
        await OrNull(Get($"{Tokens}/{id}", token, cancellation)) is { } answer ? answer.Read(Name, GitLabJson.Default.GitLabToken) : null;

    /// <summary>All tokens that the query picks, by id, each once, page by page.</summary>
    /// <param name="token">Who asks.</param>
    /// <param name="query">GitLab's filters, each <c>name=value</c>.</param>
    /// <param name="cancellation">Ends it.</param>
    public IAsyncEnumerable<List<GitLabToken>> List(Secret token, IReadOnlyList<string> query, CancellationToken cancellation) => Walk(Tokens, token, query, cancellation);

    /// <summary>The impersonation tokens of a user; for administrators.</summary>
    public IAsyncEnumerable<List<GitLabToken>> Impersonating(Secret token, long userId, CancellationToken cancellation) =>
        Walk($"users/{userId}/impersonation_tokens", token, [], cancellation);

    /// <summary>The tokens of a project's or group's bots.</summary>
    public IAsyncEnumerable<List<GitLabToken>> OfResource(Secret token, bool isGroup, long resourceId, CancellationToken cancellation) =>
        Walk($"{Kind(isGroup)}/{resourceId}/access_tokens", token, ["state=active"], cancellation);

    /// <summary>Revokes a token of a project or group, and with it its bot; one that is gone counts as revoked.</summary>
    public async Task Revoke(Secret token, bool isGroup, long resourceId, long id, CancellationToken cancellation) =>
        await OrNull(api.Send(new ApiRequest(HttpMethod.Delete, $"{Kind(isGroup)}/{resourceId}/access_tokens/{id}", Credential.PrivateToken(token)), cancellation));

    /// <summary>The id of a project or group with this full path; null if it is not there, or may not be seen.</summary>
    public async Task<long?> IdOf(Secret token, bool isGroup, string path, CancellationToken cancellation) =>
        await OrNull(Get($"{Kind(isGroup)}/{Uri.EscapeDataString(path)}", token, cancellation)) is { } answer ? answer.Read(Name, GitLabJson.Default.GitLabResource).Id : null;

    /// <summary>The user who signs in.</summary>
    public async Task<GitLabUser> CurrentUser(Secret token, CancellationToken cancellation) =>
        (await Get("user", token, cancellation)).Read(Name, GitLabJson.Default.GitLabUser);

    public async Task<GitLabUser?> User(Secret token, long id, CancellationToken cancellation) =>
        await OrNull(Get($"users/{id}", token, cancellation)) is { } answer ? answer.Read(Name, GitLabJson.Default.GitLabUser) : null;

    public async Task<GitLabUser?> UserNamed(Secret token, string name, CancellationToken cancellation) =>
        (await Get($"users?username={Uri.EscapeDataString(name)}", token, cancellation)).Read(Name, GitLabJson.Default.ListGitLabUser)
            .Find(user => string.Equals(user.Username, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The user with this name, or else this id.</summary>
    public async Task<GitLabUser?> UserMeant(Secret token, string nameOrId, CancellationToken cancellation) =>
        await UserNamed(token, nameOrId, cancellation)
        ?? (long.TryParse(nameOrId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? await User(token, id, cancellation) : null);

    /// <summary>The full path of a project or group; null if it is not there, or may not be seen.</summary>
    public async Task<string?> PathOf(Secret token, bool isGroup, long id, CancellationToken cancellation) =>
        await OrNull(Get($"{Kind(isGroup)}/{id}", token, cancellation)) is { } answer
        && answer.Read(Name, GitLabJson.Default.GitLabResource) is { } resource ? resource.PathWithNamespace ?? resource.FullPath : null;

    /// <summary>Revokes; a token that is gone counts as revoked.</summary>
    /// <param name="token">Who asks.</param>
    /// <param name="id">The token; null for the one that asks, which needs no scope.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task Revoke(Secret token, long? id, CancellationToken cancellation) =>
        await OrNull(api.Send(new ApiRequest(HttpMethod.Delete, $"{Tokens}/{Place(id)}", Credential.PrivateToken(token)), cancellation));

    /// <summary>Revokes a token and answers its successor, with its text. Never sent twice: the second call would kill what the first made.</summary>
    public async Task<GitLabToken> Rotate(Secret token, long? id, DateOnly? expiresAt, CancellationToken cancellation) =>
        (await api.Send(Post($"{Tokens}/{Place(id)}/rotate", token).With(new GitLabRotation(expiresAt), GitLabJson.Default.GitLabRotation), cancellation))
            .Read(Name, GitLabJson.Default.GitLabToken);

    /// <summary>Makes a token for a user; for administrators.</summary>
    public async Task<GitLabToken> Create(Secret token, long userId, NewGitLabToken wanted, CancellationToken cancellation) =>
        (await api.Send(Post($"users/{userId}/{Tokens}", token).With(wanted, GitLabJson.Default.NewGitLabToken), cancellation))
            .Read(Name, GitLabJson.Default.GitLabToken);

    /// <summary>Makes a token for a project or group, with a bot of its own.</summary>
    public async Task<GitLabToken> Create(Secret token, bool isGroup, long resourceId, NewGitLabResourceToken wanted, CancellationToken cancellation) =>
        (await api.Send(Post($"{Kind(isGroup)}/{resourceId}/access_tokens", token).With(wanted, GitLabJson.Default.NewGitLabResourceToken), cancellation))
            .Read(Name, GitLabJson.Default.GitLabToken);

    public void Dispose() => api.Dispose();

    private static string Kind(bool isGroup) => isGroup ? "groups" : "projects";

    private static string Place(long? id) => id is { } number ? $"{number}" : "self";

    private ApiRequest Post(string path, Secret token) => new(HttpMethod.Post, path, Credential.PrivateToken(token)) { Patience = patience };

    private Task<ApiAnswer> Get(string path, Secret token, CancellationToken cancellation) =>
        api.Send(new ApiRequest(HttpMethod.Get, path, Credential.PrivateToken(token)) { Patience = patience }, cancellation);

    private static async Task<ApiAnswer?> OrNull(Task<ApiAnswer> answer)
    {
        try
        {
            return await answer;
        }
        catch (ApiFault fault) when (fault.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    // Token lists know no keyset pages. Where a server does not go deeper than an offset (GitLab's limit is 50,000), the list begins
    // anew a day before the last token was made, and what was seen is left out: ids and dates of creation grow together.
    private async IAsyncEnumerable<List<GitLabToken>> Walk(
        string path, Secret token, IReadOnlyList<string> query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        GitLabToken? last = null;
        var start = Query([.. query, $"per_page={PerPage}"]);
        for (var next = start; next is not null;)
        {
            ApiAnswer answer;
            try
            {
                answer = await Get(path + next, token, cancellation);
            }
            catch (ApiFault fault) when (fault.Status is HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed && last is not null && next != start)
            {
                var anew = Query([.. query.Where(part => !part.StartsWith("created_after=", StringComparison.Ordinal)),
                    $"per_page={PerPage}", $"created_after={last.CreatedAt.AddDays(-1).UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}"]);
                if (anew == start)
                    throw;
                next = start = anew;
                continue;
            }
            var page = answer.Read(Name, GitLabJson.Default.ListGitLabToken);
            page.RemoveAll(one => one.Id <= last?.Id);
            if (page.Count > 0)
            {
                last = page[^1];
                yield return page;
            }
            next = answer.NextQuery;
        }
    }

    private static string Query(IEnumerable<string> parts) => $"?{string.Join('&', parts)}";
}
