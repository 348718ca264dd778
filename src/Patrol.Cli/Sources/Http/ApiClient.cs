using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Patrol.Cli.Failures;
using Patrol.Cli.Output;

namespace Patrol.Cli.Sources.Http;

/// <summary>
/// Sends requests to one system and nowhere else: no redirect is followed, since it would carry the token along. What may be sent
/// twice is sent again when the system is busy, a few times, as late as it asks for; what may not (a second rotation kills the
/// token that the first one made) only where the system says that it did not look at it.
/// </summary>
internal sealed partial class ApiClient : IDisposable
{
    private const int MostAttempts = 4;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(90);

    private readonly HttpClient http;
    private readonly Uri root;
    private bool wasReached;

    /// <param name="name">What messages call the system.</param>
    /// <param name="root">Its address, with a slash at the end.</param>
    public ApiClient(string name, Uri root)
    {
        (Name, this.root) = (name, root);
        http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AutomaticDecompression = DecompressionMethods.GZip,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("patrol", null));
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    public string Name { get; }

    /// <summary>Sends it, again if need be.</summary>
    /// <exception cref="ApiFault">The system refuses it, or does not answer.</exception>
    /// <exception cref="CliFailure">The token holds characters that no header can carry.</exception>
    public async Task<ApiAnswer> Send(ApiRequest request, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (answer, fault, wait) = await Try(request, cancellation);
            if (answer is not null)
                return answer;
            if (attempt == MostAttempts || wait is null || wait > LongestWait)
                throw fault!;
            await Task.Delay(wait.Value > TimeSpan.Zero ? wait.Value : TimeSpan.FromSeconds(0.5 * (1 << (attempt - 1))), cancellation);
        }
    }

    public void Dispose() => http.Dispose();

    // The wait is null where trying again is wrong, and zero where the system does not say how long.
    private async Task<(ApiAnswer? Answer, ApiFault? Fault, TimeSpan? Wait)> Try(ApiRequest request, CancellationToken cancellation)
    {
        using var message = Message(request);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(request.Patience);
        try
        {
            using var response = await http.SendAsync(message, patience.Token);
            wasReached = true;
            var body = await response.Content.ReadAsByteArrayAsync(patience.Token);
            if (response.IsSuccessStatusCode)
                return (new ApiAnswer(body, NextQuery(response)), null, null);
            var busy = response.StatusCode == HttpStatusCode.TooManyRequests || (request.IsRepeatable && (int)response.StatusCode >= 500);
            return (null, Refused(request, response, body), busy ? RetryAfter(response) : null);
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            return (null, Silent(request, $"no answer within {request.Patience.TotalSeconds:0} seconds", fault, sent: true), wasReached && request.IsRepeatable ? TimeSpan.Zero : null);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            var (reason, sent) = Reason(fault);
            return (null, Silent(request, reason, fault, sent), wasReached && (request.IsRepeatable || !sent) ? TimeSpan.Zero : null);
        }
    }

    private HttpRequestMessage Message(ApiRequest request)
    {
        var text = request.Credential.Token.Reveal();
        if (text.Length == 0 || text.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw CliFailure.Usage("The token to sign in with holds blanks or letters that no token has. Was the right file or variable given?");
        var message = new HttpRequestMessage(request.Method, new Uri(root, request.Path));
        message.Headers.TryAddWithoutValidation(request.Credential.Header, request.Credential.Scheme + text);
        if (request.Body is { } body)
        {
            message.Content = new ByteArrayContent(body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        return message;
    }

    private ApiFault Refused(ApiRequest request, HttpResponseMessage response, byte[] body)
    {
        var status = response.StatusCode;
        var words = ApiWords.Read(body).Replace(request.Credential.Token.Reveal(), "[token]", StringComparison.Ordinal);
        var said = words.StartsWith($"{(int)status} ", StringComparison.Ordinal) ? words : $"{(int)status} {(words.Length > 0 ? words : Plain.Text(response.ReasonPhrase ?? ""))}".TrimEnd();
        if ((int)status is >= 300 and < 400)
        {
            var place = response.Headers.Location is { } location ? new Uri(root, location).GetLeftPart(UriPartial.Authority) : "somewhere else";
            return new ApiFault($"{Name} sends us on to {Plain.Text(place)}, where the token is not carried to. If that is the right address, give it.", status, ExitCode.WrongUsage);
        }
        var (code, line) = status switch
        {
            HttpStatusCode.Unauthorized => (ExitCode.NotAllowed, $"{Name} does not accept the token: {said}."),
            HttpStatusCode.Forbidden => (ExitCode.NotAllowed, $"{Name} does not allow this: {said}."),
            HttpStatusCode.TooManyRequests => (ExitCode.Unreachable, $"{Name} is asked too often ({said}){(RetryAfter(response) is { } wait && wait > TimeSpan.Zero ? $" and wants {wait.TotalSeconds:0} seconds of rest" : "")}. Run the same command later."),
            _ when (int)status >= 500 => (ExitCode.Unreachable, $"{Name} is in trouble: {said}. Run the same command later."),
            _ => (ExitCode.SomeRefused, $"{Name} refuses: {said}."),
        };
        return new ApiFault(line.Replace("..", ".", StringComparison.Ordinal), status, code) { Words = words, MayHaveHappened = (int)status >= 500 && !request.IsRepeatable };
    }

    private ApiFault Silent(ApiRequest request, string reason, Exception fault, bool sent) => new(
        sent && !request.IsRepeatable
            ? $"{Name} did not answer ({reason}): whether it did what was asked is not known. Look before you run this again."
            : $"Cannot reach {Name}: {reason}.",
        null, ExitCode.Unreachable, fault)
    { MayHaveHappened = sent && !request.IsRepeatable };

    private static (string Reason, bool Sent) Reason(Exception fault) => fault switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => ("no host of that name", false),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError, InnerException: { } inner } => (Plain.Text(inner.Message), false),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => ("no connection", false),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            ($"no trust in its certificate, or no TLS ({Plain.Text(fault.InnerException?.Message ?? fault.Message)})", false),
        _ => ("the connection broke", true),
    };

    // The date counts from the answer's own, so that no two clocks are compared.
    private static TimeSpan RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when response.Headers.Date is { } now => date - now,
        _ => TimeSpan.Zero,
    };

    // Of the address only the query is taken: a proxy may have made the rest up.
    private string? NextQuery(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Link", out var links) && Next().Match(string.Join(',', links)) is { Success: true } match
        && Uri.TryCreate(root, match.Groups["address"].Value, out var next) ? next.Query : null;

    [GeneratedRegex("""<(?<address>[^>]*)>\s*;\s*rel="?next"?""", RegexOptions.ExplicitCapture)]
    private static partial Regex Next();
}
