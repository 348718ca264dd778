using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Patrol.Server.Outbox;
using Patrol.Server.Settings;
using Patrol.Server.Storage;

namespace Patrol.Server.Webhooks;

/// <summary>
/// Calls webhooks with what lies in the outbox for them, in GitLab's way: its headers, the secret token, and if there is a signing
/// key, a signature over id, instant and body (Standard Webhooks). A redirect is not followed, a proxy is not used, an answer's
/// body is not read.
/// </summary>
internal sealed class CallWebhooks(Database database, WebhookSecrets secrets, SettingsStore settings, SettleItem settle, PublicAddress address, TimeProvider time) : IDisposable
{
    private const int CallsAtOnce = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly HttpRequestOptionsKey<bool> AllowsLocal = new("allows local");

    private readonly HttpClient verifying = NewClient(verifies: true);
    private readonly HttpClient trusting = NewClient(verifies: false);

    /// <summary>Calls some; answers how many it had a try at, none if nothing is due.</summary>
    public async Task<int> Handle(CancellationToken stopping)
    {
        var items = await OutboxSql.Take(database, RecipientKind.Hook, CallsAtOnce, time.Now());
        if (items.Count == 0)
            return 0;
        var hooks = await database.Read(connection => WebhookSql.Load(connection, [.. items.Select(item => item.RecipientId).Distinct()]));
        var sendings = await Task.WhenAll(items.Select(async item => hooks.TryGetValue(item.RecipientId, out var hook)
            ? await Call(hook, item, stopping)
            : new Sending(item, Reached: false)));
        await settle.Handle([.. sendings.OfType<Sending>()], time.Now());
        return items.Count;
    }

    public void Dispose()
    {
        verifying.Dispose();
        trusting.Dispose();
    }

    /// <summary>What a call carries, besides its body.</summary>
    internal void Sign(HttpRequestMessage request, Webhook hook, OutboxItem item, DateTimeOffset now)
    {
        // The same for each try, so that the other side can tell a second one of the same call.
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{hook.Uuid} {item.Id}")).AsSpan(0, 16)).ToString();
        var headers = request.Headers;
        headers.UserAgent.Add(new ProductInfoHeaderValue("Patrol", null));
        headers.Add("X-Gitlab-Event", hook.Resource is null ? "System Hook" : "Resource Access Token Hook");
        headers.Add("X-Gitlab-Webhook-UUID", hook.Uuid);
        headers.Add("X-Gitlab-Event-UUID", id);
        headers.Add("X-Gitlab-Instance", address.Server);
        headers.Add("Idempotency-Key", id);
        if (hook.Secret is { } secret)
            headers.Add("X-Gitlab-Token", Encoding.UTF8.GetString(secrets.Open(secret)));
        if (hook.SigningKey is not { } key)
            return;
        var instant = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = HMACSHA256.HashData(secrets.Open(key), Encoding.UTF8.GetBytes($"{id}.{instant}.{item.Body}"));
        headers.Add("webhook-id", id);
        headers.Add("webhook-timestamp", instant);
        headers.Add("webhook-signature", $"v1,{Convert.ToBase64String(signature)}");
    }

    private async Task<Sending?> Call(Webhook hook, OutboxItem item, CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Patience);
        using var request = new HttpRequestMessage(HttpMethod.Post, hook.Url);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(item.Body));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Options.Set(AllowsLocal, settings.Current.AllowsLocalHook(hook.Resource is null));
        Sign(request, hook, item, time.Now());
        try
        {
            using var answer = await (hook.VerifyTls ? verifying : trusting).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            return answer.IsSuccessStatusCode ? new Sending(item, Reached: true) : new Sending(item, Reached: false, $"It answered {(int)answer.StatusCode}.");
        }
        catch (OperationCanceledException)
        {
            // At the end of the server the call is left to whoever comes next.
            return stopping.IsCancellationRequested ? null : new Sending(item, Reached: false, $"No answer within {Patience.TotalSeconds} s.");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return new Sending(item, Reached: false, fault.GetBaseException().Message.ReplaceLineEndings(" "));
        }
    }

    // What enable_ssl_verification=false asks for, webhook by webhook, as in GitLab.
#pragma warning disable CA5359
    private static HttpClient NewClient(bool verifies) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        // Each call opens its own connection: one that was allowed to somebody else is not used again.
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectCallback = (context, stopping) =>
            LocalNetwork.Connect(context.DnsEndPoint, context.InitialRequestMessage.Options.TryGetValue(AllowsLocal, out var allows) && allows, stopping),
        SslOptions = verifies ? new() : new() { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    });
#pragma warning restore CA5359
}
