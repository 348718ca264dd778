using Microsoft.AspNetCore.Authentication;

namespace Patrol.AspNetCore;

/// <summary>Whom to ask about tokens, and how. They are checked when the service starts.</summary>
public sealed class PatrolOptions : AuthenticationSchemeOptions
{
    /// <summary>The token authority's address, such as <c>https://tokens.example.com</c>.</summary>
    public Uri? Authority { get; set; }

    /// <summary>The id of this service's own credentials, which an administrator makes at the authority: <c>client-1</c>.</summary>
    public string? ClientId { get; set; }

    /// <summary>Their secret.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>
    /// The authority's own database, instead of <see cref="Authority"/>: an Npgsql connection string (<c>Host=…</c>), or the path of the SQLite
    /// file. It is only read. Tokens are then verified in this process.
    /// </summary>
    public string? Database { get; set; }

    /// <summary>With <see cref="Database"/>: the file with the secret that keys the digests, <c>secret</c> in the authority's data folder.</summary>
    public string? SecretFile { get; set; }

    /// <summary>
    /// False allows an authority that is asked over plain HTTP, which shows every token to whoever listens on the way. On this machine
    /// itself (loopback) plain HTTP is always allowed. True unless set.
    /// </summary>
    public bool RequireHttps { get; set; } = true;

    /// <summary>
    /// For how long at most an answer is used while the authority does not tell of revocations; 10 seconds unless set, zero for not
    /// at all. Never beyond the token's expiry.
    /// </summary>
    public TimeSpan CacheDuration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// For how long at most an answer is used while the authority tells of revocations as they happen; 5 minutes unless set. Asking now
    /// and then keeps the date at which a token was last used. Never beyond the token's expiry.
    /// </summary>
    public TimeSpan CacheDurationWithEvents { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How many answers are remembered at most; 10,000 unless set.</summary>
    public int CacheCapacity { get; set; } = 10_000;

    /// <summary>How long to wait for the authority or its database before the request is refused with 503; 5 seconds unless set.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Takes tokens as the password of HTTP Basic, too, whatever the user name, and asks for it at 401. False unless set.</summary>
    public bool AllowBasic { get; set; }

    /// <summary>The realm that <c>WWW-Authenticate</c> names.</summary>
    public string Realm { get; set; } = "Patrol";

    /// <summary>How the authority is reached, for own certificates or proxies; null for the usual way. It must not follow redirections.</summary>
    public HttpMessageHandler? Backchannel { get; set; }
}
