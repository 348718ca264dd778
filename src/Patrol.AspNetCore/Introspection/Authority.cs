using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Patrol.Core.Scopes;

namespace Patrol.AspNetCore.Introspection;

/// <summary>Asks the authority what a text is (RFC 7662), and listens to what it tells.</summary>
internal sealed class Authority : IDisposable
{
    private const int MostConnections = 64;
    private const int MostAnswerBytes = 64 * 1024;

    private readonly HttpClient http;
    private readonly Uri question;
    private readonly Uri events;
    private readonly AuthenticationHeaderValue credentials;
    private readonly TimeSpan timeout;

    public Authority(PatrolOptions options)
    {
        // Redirected, the question with token and credentials would go to somebody else.
        var line = options.Backchannel ?? new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxConnectionsPerServer = MostConnections, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        http = new HttpClient(line, disposeHandler: options.Backchannel is null) { Timeout = System.Threading.Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MostAnswerBytes };
        var root = new Uri(options.Authority!.AbsoluteUri.TrimEnd('/') + "/");
        (question, events) = (new Uri(root, "oauth/introspect"), new Uri(root, "oauth/introspect/events"));
        credentials = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.ClientId}:{options.ClientSecret}")));
        timeout = options.Timeout;
    }

    /// <summary>What a text is; null if it is no good token.</summary>
    /// <exception cref="AuthorityAwayException">It does not answer, or not as it should.</exception>
    public async Task<PatrolToken?> Ask(string text)
    {
        using var ending = new CancellationTokenSource(timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, question) { Content = new FormUrlEncodedContent([KeyValuePair.Create("token", text)]) };
            request.Headers.Authorization = credentials;
            using var answer = await http.SendAsync(request, ending.Token);
            if (answer.StatusCode != HttpStatusCode.OK)
                throw new AuthorityAwayException(Said(answer.StatusCode));
            return await answer.Content.ReadFromJsonAsync(AnswerJson.Default.Answer, ending.Token) is { } told
                ? Read(told) : throw new AuthorityAwayException("the answer is empty");
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or JsonException or IOException or InvalidOperationException or FormatException)
        {
            throw new AuthorityAwayException(fault is OperationCanceledException ? $"no answer within {timeout.TotalSeconds:0.###} seconds" : fault.Message);
        }
    }

    /// <summary>Opens the stream of events.</summary>
    /// <exception cref="AuthorityAwayException">It says no.</exception>
    public async Task<Stream> Listen(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        ending.CancelAfter(timeout);
        using var request = new HttpRequestMessage(HttpMethod.Get, events);
        request.Headers.Authorization = credentials;
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ending.Token);
        if (answer.StatusCode == HttpStatusCode.OK && answer.Content.Headers.ContentType?.MediaType == "text/event-stream")
            return await answer.Content.ReadAsStreamAsync(stopping);
        answer.Dispose();
        throw new AuthorityAwayException(Said(answer.StatusCode));
    }

    public void Dispose() => http.Dispose();

    private static string Said(HttpStatusCode status) => status == HttpStatusCode.Unauthorized
        ? "it does not know ClientId and ClientSecret (401)"
        : $"it answered with status {(int)status}";

    // Whoever leaves out who it is, or since when it ends, tells too little to open anything.
    private static PatrolToken? Read(Answer told) => !told.Active ? null
        : told is { Jti: { } id, Sub: { } user, Username: { } username, Scope: { } scopes }
            ? new PatrolToken(
                long.Parse(id, System.Globalization.CultureInfo.InvariantCulture), long.Parse(user, System.Globalization.CultureInfo.InvariantCulture), username,
                ScopeSet.FromStored(scopes), told.Exp is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null)
            : throw new AuthorityAwayException("the answer lacks jti, sub, username or scope: is Authority a Patrol server?");
}

/// <summary>The authority cannot be asked; the message, which never holds a token, says why.</summary>
internal sealed class AuthorityAwayException(string message) : Exception(message);

internal sealed record Answer(bool Active, string? Scope, string? Username, string? Sub, string? Jti, long? Exp);

/// <summary>What the authority says changed.</summary>
internal sealed record ChangeEvent(HashSet<long> Tokens, HashSet<long> Users, bool Everything);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Answer))]
[JsonSerializable(typeof(ChangeEvent))]
internal sealed partial class AnswerJson : JsonSerializerContext;
