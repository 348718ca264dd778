using System.Text.Json.Serialization;
using Patrol.Server.Users;

namespace Patrol.Server.Wire.GitLab;

/// <summary>A user as everybody who is signed in sees them in lists.</summary>
internal record UserBasicJson
{
    public UserBasicJson(User user, string publicUrl)
    {
        Id = user.Id;
        Username = user.Username;
        Name = user.Name;
        State = user.State;
        WebUrl = $"{publicUrl}/{user.Username}";
    }

    [JsonPropertyOrder(-9)]
    public long Id { get; }
    [JsonPropertyOrder(-9)]
    public string Username { get; }
    [JsonPropertyOrder(-9)]
    public string? PublicEmail => null;
    [JsonPropertyOrder(-9)]
    public string Name { get; }
    [JsonPropertyOrder(-9)]
    public string State { get; }
    [JsonPropertyOrder(-9)]
    public bool Locked => false;
    [JsonPropertyOrder(-9)]
    public string? AvatarUrl => null;
    [JsonPropertyOrder(-9)]
    public string WebUrl { get; }
}

/// <summary>A user's own page; of the profile, which GitLab's users can fill, everything is empty.</summary>
internal record UserJson : UserBasicJson
{
    public UserJson(User user, string publicUrl, bool showsPrivate)
        : base(user, publicUrl)
    {
        CreatedAt = user.PrivateProfile && !showsPrivate ? null : ListingRequest.Instant(user.CreatedAt);
        Bot = user.IsBot;
    }

    [JsonPropertyOrder(-8), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? CreatedAt { get; }
    [JsonPropertyOrder(-8)]
    public string Bio => "";
    [JsonPropertyOrder(-8)]
    public string Location => "";
    [JsonPropertyOrder(-8)]
    public string Linkedin => "";
    [JsonPropertyOrder(-8)]
    public string Twitter => "";
    [JsonPropertyOrder(-8)]
    public string Discord => "";
    [JsonPropertyOrder(-8)]
    public string Github => "";
    [JsonPropertyOrder(-8)]
    public string WebsiteUrl => "";
    [JsonPropertyOrder(-8)]
    public string Organization => "";
    [JsonPropertyOrder(-8)]
    public string JobTitle => "";
    [JsonPropertyOrder(-8)]
    public string? Pronouns => null;
    [JsonPropertyOrder(-8)]
    public bool Bot { get; }
    [JsonPropertyOrder(-8)]
    public string? WorkInformation => null;
    [JsonPropertyOrder(-8)]
    public string? LocalTime => null;
}

/// <summary>A user as they see themself. When they signed in is not recorded, but clients' schemas want to read of it.</summary>
internal record UserPrivateJson : UserJson
{
    public UserPrivateJson(UserProfile profile, string publicUrl)
        : base(profile.User, publicUrl, showsPrivate: true)
    {
        var user = profile.User;
        Email = user.Email;
        ConfirmedAt = ListingRequest.Instant(user.CreatedAt);
        CanCreateGroup = user.CanCreateGroup;
        CanCreateProject = profile.NamespaceId is not null;
        External = user.IsExternal;
        PreferredLanguage = user.PreferredLanguage;
        PrivateProfile = user.PrivateProfile;
    }

    [JsonPropertyOrder(-7)]
    public DateTimeOffset? LastSignInAt => null;
    [JsonPropertyOrder(-7)]
    public DateTimeOffset ConfirmedAt { get; }
    [JsonPropertyOrder(-7)]
    public DateOnly? LastActivityOn => null;
    [JsonPropertyOrder(-7)]
    public string Email { get; }
    [JsonPropertyOrder(-7)]
    public string CommitEmail => Email;
    [JsonPropertyOrder(-7)]
    public DateTimeOffset? CurrentSignInAt => null;
    [JsonPropertyOrder(-7)]
    public string[] Identities => [];
    [JsonPropertyOrder(-7)]
    public string[] ScimIdentities => [];
    [JsonPropertyOrder(-7)]
    public bool CanCreateGroup { get; }
    [JsonPropertyOrder(-7)]
    public bool CanCreateProject { get; }
    [JsonPropertyOrder(-7)]
    public string PreferredLanguage { get; }
    [JsonPropertyOrder(-7)]
    public bool TwoFactorEnabled => false;
    [JsonPropertyOrder(-7)]
    public bool External { get; }
    [JsonPropertyOrder(-7)]
    public bool PrivateProfile { get; }
}

/// <summary>A user as administrators see them.</summary>
internal sealed record UserAdminJson : UserPrivateJson
{
    public UserAdminJson(UserProfile profile, string publicUrl)
        : base(profile, publicUrl)
    {
        IsAdmin = profile.User.IsAdmin;
        Note = profile.User.Note;
        NamespaceId = profile.NamespaceId;
        CreatedBy = profile.CreatedBy is { } by ? new UserBasicJson(by, publicUrl) : null;
    }

    public bool IsAdmin { get; }
    public string? Note { get; }
    public long? NamespaceId { get; }
    public UserBasicJson? CreatedBy { get; }
}
