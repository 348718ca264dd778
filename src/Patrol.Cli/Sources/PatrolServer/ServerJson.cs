using System.Text.Json.Serialization;

namespace Patrol.Cli.Sources.PatrolServer;

/// <summary>A token as the server's own API shows it.</summary>
internal sealed record ServerToken
{
    public required long Id { get; init; }

    public string? Dialect { get; init; }

    public string Kind { get; init; } = "";

    public string Name { get; init; } = "";

    public string Owner { get; init; } = "";

    public string Email { get; init; } = "";

    public string? OwnerState { get; init; }

    public string? ResourceType { get; init; }

    public long? ResourceId { get; init; }

    public string? ResourcePath { get; init; }

    public IReadOnlyList<string> Scopes { get; init; } = [];

    public string State { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public DateOnly? ExpiresAt { get; init; }

    public bool Impersonation { get; init; }

    public FoundToken Found() => new()
    {
        Id = Id,
        Sort = Array.IndexOf(TokenWords.Sorts, Kind) is >= 0 and var sort ? (TokenSort)sort : TokenSort.Personal,
        Name = Name,
        Owner = Owner,
        Email = Email,
        OwnerState = OwnerState,
        Resource = ResourceId is { } id ? new FoundResource(ResourceType == "group", id, ResourcePath) : null,
        Scopes = Scopes,
        IsUnscoped = Dialect == "atlassian",
        Revoked = State == "revoked",
        HasExpired = State == "revoked" ? null : State == "expired",
        ExpiresAt = ExpiresAt,
        CreatedAt = CreatedAt,
        LastUsedAt = LastUsedAt,
        Impersonation = Impersonation,
    };
}

internal sealed record ServerPage(IReadOnlyList<ServerToken> Items, long Total);

internal sealed record ServerLookUp(string Verdict, ServerToken? Token);

internal sealed record ServerCount(DateOnly ExpiresAt, long Count);

internal sealed record ServerText(string Token);

internal sealed record NewServerToken(string User, string Name, IReadOnlyList<string> Scopes, DateOnly? ExpiresAt, string? Token);

internal sealed record MadeServerToken(ServerToken Details, string Token);

/// <summary>Which tokens a change is for: always named one by one, so that nothing else can be meant.</summary>
internal sealed record ServerSelection(IReadOnlyList<long> Ids);

/// <summary>A change of some tokens.</summary>
internal sealed record ServerBulk(string Action, ServerSelection Filter)
{
    public DateOnly? From { get; init; }

    public DateOnly? To { get; init; }

    public bool DryRun { get; init; }

    public bool Force { get; init; }
}

internal sealed record ServerBulkOutcome(long Matched, long Changed, long Memberships);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServerPage))]
[JsonSerializable(typeof(ServerLookUp))]
[JsonSerializable(typeof(ServerCount[]))]
[JsonSerializable(typeof(ServerText))]
[JsonSerializable(typeof(NewServerToken))]
[JsonSerializable(typeof(MadeServerToken))]
[JsonSerializable(typeof(ServerBulk))]
[JsonSerializable(typeof(ServerBulkOutcome))]
internal sealed partial class ServerJson : JsonSerializerContext;
