using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Patrol.Tests.Kit.Renewal;

/// <summary>
/// A Kubernetes API server that has one Secret, with versions, dry runs and conflicts as the real one's, behind TLS with an authority
/// of its own; it lets in a service account's token, and clients with a certificate of its authority.
/// </summary>
internal sealed class FakeCluster : IAsyncDisposable
{
    public const string Token = "token-of-the-service-account";

    private readonly WebApplication app;
    private readonly TestAuthority authority;
    private readonly Lock changing = new();
    private int version = 1;

    private FakeCluster(WebApplication app, TestAuthority authority) => (this.app, this.authority) = (app, authority);

    public string Value { get; set; } = "";

    public bool IsImmutable { get; set; }

    /// <summary>What is answered to reading instead of the Secret.</summary>
    public string? Instead { get; set; }

    /// <summary>Called between reading and writing.</summary>
    public Action BeforePatch { get; set; } = () => { };

    public static async Task<FakeCluster> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var authority = new TestAuthority();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = authority.OfServer(),
            ClientCertificateMode = ClientCertificateMode.AllowCertificate,
            ClientCertificateValidation = (certificate, _, _) => authority.HasIssued(certificate),
        })));
        var app = builder.Build();
        var cluster = new FakeCluster(app, authority);
        app.Run(cluster.Answer);
        await app.StartAsync();
        return cluster;
    }

    /// <summary>Changes the Secret as somebody else would.</summary>
    public void Change(string value)
    {
        lock (changing)
            (Value, version) = (value, version + 1);
    }

    /// <summary>Writes a kubeconfig.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="trust">How the cluster is trusted, as in kubectl's file; null for its own authority.</param>
    /// <param name="user">How to sign in; null for the service account's token.</param>
    public string Kubeconfig(TemporaryFolder folder, string? trust = null, string? user = null)
    {
        var path = folder["kubeconfig"];
        File.WriteAllText(path,
            $$$"""
            apiVersion: v1
            current-context: here
            contexts: [{name: here, context: {cluster: c, user: u, namespace: exastro}}]
            clusters: [{name: c, cluster: {server: "{{{app.Urls.First()}}}", {{{trust ?? $"certificate-authority-data: {Base64(authority.Pem)}"}}}}}]
            users: [{name: u, user: {{{{user ?? $"token: {Token}"}}}}}]
            """);
        return path;
    }

    /// <summary>A client's certificate and key, as texts.</summary>
    public (string Certificate, string Key) Client() => authority.OfClient();

    /// <summary>The authority's certificate.</summary>
    public string Authority => authority.Pem;

    public static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(text));

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        authority.Dispose();
    }

    private async Task Answer(HttpContext context)
    {
        if (context.Request.Headers.Authorization != $"Bearer {Token}" && context.Connection.ClientCertificate is null)
            context.Response.StatusCode = 401;
        else if (context.Request.Method == "GET" && Instead is not null)
            await context.Response.WriteAsync(Instead);
        else if (context.Request.Path != "/api/v1/namespaces/exastro/secrets/gitlab")
            context.Response.StatusCode = 404;
        else if (context.Request.Method == "GET")
            await Show(context);
        else if (context.Request.Method == "PATCH" && context.Request.ContentType == "application/merge-patch+json")
            await Patch(context);
        else
            context.Response.StatusCode = 405;
    }

    private async Task Patch(HttpContext context)
    {
        var patch = (await JsonDocument.ParseAsync(context.Request.Body)).RootElement;
        var isDryRun = context.Request.Query["dryRun"] == "All";
        if (!isDryRun)
            BeforePatch();
        lock (changing)
        {
            if (patch.GetProperty("metadata").GetProperty("resourceVersion").GetString() != $"{version}")
            {
                context.Response.StatusCode = 409;
                return;
            }
            if (!isDryRun)
                (Value, version) = (System.Text.Encoding.UTF8.GetString(patch.GetProperty("data").GetProperty("token").GetBytesFromBase64()), version + 1);
        }
        await Show(context);
    }

    private Task Show(HttpContext context) => context.Response.WriteAsJsonAsync(new
    {
        kind = "Secret",
        metadata = new { resourceVersion = $"{version}" },
        immutable = IsImmutable,
        data = new Dictionary<string, string> { ["token"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Value)), ["other"] = "a2VlcA==" },
    });
}
