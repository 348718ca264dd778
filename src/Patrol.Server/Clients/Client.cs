namespace Patrol.Server.Clients;

/// <summary>A service that may ask about tokens (RFC 7662's protected resource). Instants are Unix milliseconds.</summary>
public sealed record Client
{
    public const string Columns = "c.id, c.name, c.digest, c.created_by, c.created_at";

    public long Id { get; init; }
    public string Name { get; init; } = "";

    /// <summary>What is kept of its secret.</summary>
    public byte[] Digest { get; init; } = [];

    /// <summary>The administrator who made it.</summary>
    public long? CreatedBy { get; init; }
    public long CreatedAt { get; init; }

    /// <summary>The name under which it asks.</summary>
    public string ClientId => $"client-{Id}";
}
