using System.Text.Json.Serialization;

namespace Patrol.Cli.Sources.GitLabApi;

/// <summary>A token as GitLab 16 to 19 shows it; what a generation does not know stays at its default.</summary>
internal sealed record GitLabToken
{
    public required long Id { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<string>? Scopes { get; init; }

    public long UserId { get; init; }

    /// <summary>NULL in old rows.</summary>
    public bool? Revoked { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public DateOnly? ExpiresAt { get; init; }

    /// <summary>Only impersonation tokens' own lists tell.</summary>
    public bool Impersonation { get; init; }

    /// <summary>Its text, right after it was made.</summary>
    public string? Token { get; init; }
}

/// <summary>A user. The address is shown to administrators and to themself.</summary>
internal sealed record GitLabUser
{
    public required long Id { get; init; }

    public string Username { get; init; } = "";

    public string? Email { get; init; }

    public string? State { get; init; }

    public bool Bot { get; init; }

    /// <summary>Shown to administrators.</summary>
    public bool IsAdmin { get; init; }
}

/// <summary>A project or a group.</summary>
internal sealed record GitLabResource
{
    public required long Id { get; init; }

    public string? PathWithNamespace { get; init; }

    public string? FullPath { get; init; }
}

/// <summary>What a new token of a user is asked to be.</summary>
internal sealed record NewGitLabToken(string Name, IReadOnlyList<string> Scopes, DateOnly? ExpiresAt);

/// <summary>What a new token of a project or group is asked to be.</summary>
internal sealed record NewGitLabResourceToken(string Name, IReadOnlyList<string> Scopes, DateOnly? ExpiresAt, int AccessLevel);

/// <summary>How long a successor is to last; without a day, GitLab's default.</summary>
internal sealed record GitLabRotation(DateOnly? ExpiresAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GitLabToken))]
[JsonSerializable(typeof(List<GitLabToken>))]
[JsonSerializable(typeof(GitLabUser))]
[JsonSerializable(typeof(List<GitLabUser>))]
[JsonSerializable(typeof(GitLabResource))]
[JsonSerializable(typeof(NewGitLabToken))]
[JsonSerializable(typeof(NewGitLabResourceToken))]
[JsonSerializable(typeof(GitLabRotation))]
internal sealed partial class GitLabJson : JsonSerializerContext;
