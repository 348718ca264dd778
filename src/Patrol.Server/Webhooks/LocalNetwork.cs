using System.Net;
using System.Net.Sockets;

namespace Patrol.Server.Webhooks;

/// <summary>
/// Tells addresses of the server's own machine and networks from the rest of the world. Members choose webhooks' addresses, and
/// through the server they must not reach what they could not reach themselves.
/// </summary>
internal static class LocalNetwork
{
    // IANA's special-purpose registries: this machine, private, shared, link-local (with clouds' metadata), documentation,
    // benchmarks, multicast, reserved; and for IPv6 the same, with the ranges in which IPv4 addresses hide.
    private static readonly IPNetwork[] Ranges =
    [
        .. ((ReadOnlySpan<string>)[
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        ]).ToArray().Select(range => IPNetwork.Parse(range)),
    ];

    /// <summary>Whether it is an address that only the server and its neighbours can reach.</summary>
    public static bool Holds(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Array.Exists(Ranges, range => range.BaseAddress.AddressFamily == plain.AddressFamily && range.Contains(plain));
    }

    /// <summary>Opens a connection, to an address that is looked at right before: a name that changes its mind gains nothing.</summary>
    /// <exception cref="HttpRequestException">There is none that may be called.</exception>
    public static async ValueTask<Stream> Connect(DnsEndPoint target, bool allowLocal, CancellationToken stopping)
    {
        var addresses = await Dns.GetHostAddressesAsync(target.Host, stopping);
        var allowed = allowLocal ? addresses : Array.FindAll(addresses, address => !Holds(address));
        if (allowed.Length == 0)
            throw new HttpRequestException("Requests to the local network are not allowed.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, target.Port, stopping);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
