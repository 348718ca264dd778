using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.PatrolServer;

/// <summary>A Patrol server's own API, <c>/api/patrol/v1</c>, as an administrator's token sees it.</summary>
internal sealed class ServerClient : IDisposable
{
    private const int PerPage = 1_000;

    // The server works through many tokens before it answers.
    private static readonly TimeSpan BulkPatience = TimeSpan.FromMinutes(10);

    private readonly ApiClient api;
    private readonly Credential credential;

    public ServerClient(Uri address, Secret token)
    {
        api = new ApiClient($"the Patrol server at {address.GetLeftPart(UriPartial.Path).TrimEnd('/')}", new Uri(address, "api/patrol/v1/"));
        credential = Credential.Bearer(token);
    }

    public string Name => api.Name;

    /// <summary>The tokens that a query picks, by id, each once, page by page.</summary>
    /// <param name="query">Filters, each <c>name=value</c>.</param>
    /// <param name="cancellation">Ends it.</param>
    public async IAsyncEnumerable<IReadOnlyList<ServerToken>> List(IReadOnlyList<string> query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long last = 0;
        for (var page = 1; ; page++)
        {
            var answer = await Get($"tokens?{string.Join('&', [.. query, $"per_page={PerPage}", $"page={page}"])}", ServerJson.Default.ServerPage, cancellation);
            // Tokens that drop out meanwhile move others to pages that were read: those are not shown twice.
            var items = answer.Items.Where(token => token.Id > last).ToList();
            if (items.Count > 0)
            {
                last = items[^1].Id;
                yield return items;
            }
            if (answer.Items.Count < PerPage)
                yield break;
        }
    }

    /// <summary>How many tokens a query picks.</summary>
    public async Task<long> Count(string query, CancellationToken cancellation) => (await Get($"tokens?{query}&per_page=1", ServerJson.Default.ServerPage, cancellation)).Total;

    /// <summary>How many tokens end on which day; those that never end are not among them.</summary>
    public Task<ServerCount[]> Histogram(CancellationToken cancellation) => Get("tokens/expiry-histogram", ServerJson.Default.ServerCountArray, cancellation);

    public Task<ServerLookUp> LookUp(Secret text, CancellationToken cancellation) => Send(
        new ApiRequest(HttpMethod.Post, "tokens/lookup", credential) { IsRepeatable = true }.With(new ServerText(text.Reveal()), ServerJson.Default.ServerText),
        ServerJson.Default.ServerLookUp, cancellation);

    public Task<MadeServerToken> Create(NewServerToken wanted, CancellationToken cancellation) => Send(
        new ApiRequest(HttpMethod.Post, "tokens", credential).With(wanted, ServerJson.Default.NewServerToken), ServerJson.Default.MadeServerToken, cancellation);

    /// <summary>Changes tokens; the same twice is the same as once, since each is looked at before it is changed.</summary>
    public Task<ServerBulkOutcome> Bulk(ServerBulk change, CancellationToken cancellation) => Send(
        new ApiRequest(HttpMethod.Post, "tokens/bulk", credential) { Patience = BulkPatience }.With(change, ServerJson.Default.ServerBulk),
        ServerJson.Default.ServerBulkOutcome, cancellation);

    public void Dispose() => api.Dispose();

    private Task<T> Get<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) => Send(new ApiRequest(HttpMethod.Get, path, credential), type, cancellation);

    private async Task<T> Send<T>(ApiRequest request, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        try
        {
            return (await api.Send(request, cancellation)).Read(Name, type);
        }
        catch (ApiFault fault) when (fault.Status == HttpStatusCode.NotFound && fault.Words.Length == 0)
        {
            throw new ApiFault($"{Name} has no API of Patrol's. Is it a GitLab? Then name it with --gitlab.", fault.Status, ExitCode.WrongUsage, fault);
        }
    }
}
