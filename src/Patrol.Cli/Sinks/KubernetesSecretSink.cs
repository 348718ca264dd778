using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks;

/// <summary>A key of a Kubernetes Secret, through two calls of the API: reading it, and merging one key at the version that was read.</summary>
internal sealed class KubernetesSecretSink : ISink
{
    private readonly HttpClient http;
    private readonly string path;
    private readonly string key;

    public KubernetesSecretSink(Kubeconfig cluster, string? space, string secret, string key)
    {
        this.key = key;
        var name = space ?? cluster.Namespace ?? "default";
        path = $"api/v1/namespaces/{Uri.EscapeDataString(name)}/secrets/{Uri.EscapeDataString(secret)}";
        Name = $"{key} of the Secret {name}/{secret} in {cluster.Server.Authority}";
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) };
        if (cluster.Certificate is { } certificate)
            handler.SslOptions.ClientCertificates = [certificate];
        if (cluster.SkipsVerification)
        {
            // As the kubeconfig says, in kubectl's own words.
#pragma warning disable CA5359
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (cluster.Authority is { } authority)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(authority);
        }
        http = new HttpClient(handler) { BaseAddress = cluster.Server, Timeout = TimeSpan.FromSeconds(30) };
        if (cluster.Token is { } token)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public string Name { get; }

    public async Task<Secret?> Check(CancellationToken cancellation)
    {
        var (held, version, isImmutable) = await Get(cancellation);
        if (isImmutable)
            throw new CliFailure(ExitCode.SomeRefused, $"{Name}: the Secret is immutable. It has to be made anew by what made it.");
        if (TokenText.WhyNot(held) is { } why)
            throw new CliFailure(ExitCode.SomeRefused, $"{Name} {why}.");
        await Patch(held, version, dryRun: true, cancellation);
        return new Secret(held);
    }

    public async Task<Secret?> Read(CancellationToken cancellation) => new Secret((await Get(cancellation)).Held);

    public async Task Store(Secret? expected, Secret next, CancellationToken cancellation)
    {
        var token = TokenText.RevealPlain(next);
        var (held, version, _) = await Get(cancellation);
        if (held == token)
            return;
        if (held != expected?.Reveal())
            throw new CliFailure(ExitCode.SomeRefused, $"{Name} was changed meanwhile by somebody else. It was left as it is.");
        await Patch(token, version, dryRun: false, cancellation);
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(string Held, string Version, bool IsImmutable)> Get(CancellationToken cancellation)
    {
        using var answer = await Send(new HttpRequestMessage(HttpMethod.Get, path), cancellation);
        var body = await answer.Content.ReadAsByteArrayAsync(cancellation);
        try
        {
            using var secret = JsonDocument.Parse(body);
            var root = secret.RootElement;
            var version = root.GetProperty("metadata").GetProperty("resourceVersion").GetString() ?? throw new FormatException();
            if (!root.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object || !data.TryGetProperty(key, out var value))
                throw new CliFailure(ExitCode.SomeRefused, $"{Name}: the Secret has no such key.");
            return (Encoding.UTF8.GetString(value.GetBytesFromBase64()), version, root.TryGetProperty("immutable", out var immutable) && immutable.ValueKind == JsonValueKind.True);
        }
        // No JSON, or of another shape: a page that asks to sign in, another program's port.
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CliFailure(ExitCode.SomeRefused, $"{Name}: what answers there is no Secret as Kubernetes shows it. Is {http.BaseAddress} the cluster's address?", fault);
        }
    }

    // The version makes it a compare-and-set: with another one the API answers 409.
    private async Task Patch(string token, string version, bool dryRun, CancellationToken cancellation)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteString("resourceVersion", version);
            json.WriteEndObject();
            json.WriteStartObject("data");
            json.WriteBase64String(key, Encoding.UTF8.GetBytes(token));
            json.WriteEndObject();
            json.WriteEndObject();
        }
        var request = new HttpRequestMessage(HttpMethod.Patch, path + (dryRun ? "?dryRun=All" : "")) { Content = new ByteArrayContent(buffer.WrittenSpan.ToArray()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/merge-patch+json");
        using var answer = await Send(request, cancellation);
    }

    private async Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage answer;
        try
        {
            using (request)
                answer = await http.SendAsync(request, cancellation);
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException { InnerException: TimeoutException })
        {
            throw new CliFailure(ExitCode.Unreachable, $"Cannot reach the cluster at {http.BaseAddress!.Authority}: {(fault.InnerException ?? fault).Message.TrimEnd('.')}.", fault);
        }
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
        {
            throw answer.StatusCode switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                    new CliFailure(ExitCode.SomeRefused, $"{Name}: the cluster does not allow it ({(int)answer.StatusCode}). Get and patch on this Secret are needed."),
                HttpStatusCode.NotFound => new CliFailure(ExitCode.SomeRefused, $"{Name}: there is no such Secret."),
                HttpStatusCode.Conflict => new CliFailure(ExitCode.SomeRefused, $"{Name} was changed meanwhile by somebody else. It was left as it is."),
                >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests => new CliFailure(ExitCode.Unreachable, $"{Name}: the cluster is in trouble ({(int)answer.StatusCode})."),
                _ => new CliFailure(ExitCode.SomeRefused, $"{Name}: the cluster refuses ({(int)answer.StatusCode})."),
            };
        }
    }
}
