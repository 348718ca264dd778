using Patrol.Server.Members;

namespace Patrol.Server.Webhooks;

/// <summary>An address that is called when something happens, as stored. Instants are Unix milliseconds.</summary>
public sealed record Webhook
{
    public const string Columns = """
        h.id, h.resource_kind, h.resource_id, h.url, h.name, h.description, h.token_events, h.verify_tls, h.uuid, h.secret, h.signing_key, h.created_at
        """;

    public long Id { get; init; }

    /// <summary>0 a project, 1 a group, null the instance.</summary>
    public long? ResourceKind { get; init; }
    public long? ResourceId { get; init; }
    public string Url { get; init; } = "";
    public string? Name { get; init; }
    public string? Description { get; init; }

    /// <summary>It is called when tokens of the project or group, or below it, are about to end.</summary>
    public bool TokenEvents { get; init; }

    /// <summary>The other side's certificate must be good.</summary>
    public bool VerifyTls { get; init; } = true;

    /// <summary>Tells the other side which webhook calls.</summary>
    public string Uuid { get; init; } = "";

    /// <summary>Sealed: what <c>X-Gitlab-Token</c> says, if anything.</summary>
    public byte[]? Secret { get; init; }

    /// <summary>Sealed: the key that signs calls, if any.</summary>
    public byte[]? SigningKey { get; init; }
    public long CreatedAt { get; init; }

    /// <summary>The project or group, or null for the instance.</summary>
    public ResourceRef? Resource => ResourceId is { } id ? new ResourceRef(ResourceKind == 1, id) : null;
}
