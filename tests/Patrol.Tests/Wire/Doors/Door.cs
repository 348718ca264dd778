using System.Net;
using Patrol.Tests.Kit;
using static Patrol.Tests.Wire.Doors.ProxyTests;

namespace Patrol.Tests.Wire.Doors;

/// <summary>Patrol, a proxy in front of a service, and the service.</summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private readonly TemporaryFolder folder;
    private readonly Recipe proxy;

    private Door(TemporaryFolder folder, PatrolApp patrol, EchoServer service, Recipe proxy, Uri address) =>
        (this.folder, Patrol, Service, this.proxy, Address) = (folder, patrol, service, proxy, address);

    public PatrolApp Patrol { get; }

    public EchoServer Service { get; }

    public Uri Address { get; }

    public static async Task<Door> Open(Proxy kind, string? rules = null)
    {
        Recipe.Needs(kind.ToString().ToLowerInvariant());
        var patrol = await PatrolApp.Start($"--doors={rules ?? Path.Combine(Repository.Root, "docs/doors/doors.yaml")}");
        var service = await EchoServer.Start();
        var folder = new TemporaryFolder();
        var port = Recipe.FreePort();
        (string, string)[] addresses =
        [
            ("127.0.0.1:7280", $"127.0.0.1:{patrol.Address.Port}"), ("127.0.0.1:8080", $"127.0.0.1:{port}"), ("127.0.0.1:3000", $"127.0.0.1:{service.Port}"),
        ];
        var proxy = kind switch
        {
            Proxy.Nginx => await Recipe.Nginx(folder, port, Recipe.Text("nginx/service.conf", addresses)),
            Proxy.Caddy => await Recipe.Caddy(folder, port, Recipe.Text("caddy/Caddyfile", addresses)),
            _ => await Recipe.HaProxy(folder, port, Recipe.Text(
                "haproxy/haproxy.cfg", [.. addresses, ("/etc/haproxy/patrol.lua", Path.Combine(Repository.Root, "docs/doors/haproxy/patrol.lua"))])),
        };
        return new Door(folder, patrol, service, proxy, new Uri($"http://127.0.0.1:{port}/"));
    }

    public Task<HttpResponseMessage> Ask(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, new Uri(Address, path)) { Version = HttpVersion.Version11 };
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return client.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await proxy.DisposeAsync();
        await Service.DisposeAsync();
        await Patrol.DisposeAsync();
        folder.Dispose();
    }
}
