using System.Net;
using System.Net.Sockets;
using Patrol.Server.Start;

namespace Patrol.Server.Access;

/// <summary>
/// Shuts out addresses that present too many unknown tokens in a short time. Expired and revoked tokens never count: their
/// owners are known, and their cron jobs must not be locked out at night. A good token forgives what went before.
/// </summary>
public sealed class FailedAuthenticationBan(BanOptions options)
{
    private const int MostAddresses = 100_000;
    private readonly RecentMemory<IPAddress, Failures> failures = new(MostAddresses);

    // Most servers never see a failure: then nothing is looked up.
    private volatile bool anyFailure;

    /// <summary>Whether requests from there are refused now.</summary>
    public bool IsBanned(IPAddress? address, DateTimeOffset now) =>
        anyFailure && address is not null && failures.Get(NetworkOf(address))?.BannedUntil > now;

    /// <summary>An unknown token came from there. True if this one is too many and the ban begins.</summary>
    public bool CountFailure(IPAddress? address, DateTimeOffset now)
    {
        if (!options.Enabled || address is null || (options.ExemptLoopback && IPAddress.IsLoopback(address)))
            return false;
        anyFailure = true;
        return failures.Change(NetworkOf(address), known => Count(known ?? new(0, now, null), now)).Count == options.MaximumFailures;
    }

    // After the window, or after a ban, counting begins anew.
    private Failures Count(Failures known, DateTimeOffset now)
    {
        if (known.BannedUntil is { } until ? until <= now : now - known.Since > options.Window)
            known = new Failures(0, now, null);
        var count = known.Count + 1;
        return known with { Count = count, BannedUntil = known.BannedUntil ?? (count >= options.MaximumFailures ? now + options.Duration : null) };
    }

    /// <summary>A good token came from there.</summary>
    public void Forgive(IPAddress? address)
    {
        if (anyFailure && address is not null)
            failures.Forget(NetworkOf(address));
    }

    /// <summary>Whom an address stands for. A home or a server is one /64 in IPv6: whoever owns it owns all its addresses.</summary>
    internal static IPAddress NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private sealed record Failures(int Count, DateTimeOffset Since, DateTimeOffset? BannedUntil);
}
