using System.Text.Json.Serialization;
using Patrol.Core.Lifetimes;
using Patrol.Server.Members;

namespace Patrol.Server.Wire.GitLab;

/// <summary>A member of a project or group.</summary>
internal sealed record MemberJson : UserBasicJson
{
    public MemberJson(Member member, bool showsEmail, string publicUrl)
        : base(member.User, publicUrl)
    {
        var membership = member.Membership;
        AccessLevel = (int)membership.Level;
        CreatedAt = ListingRequest.Instant(membership.CreatedAt);
        CreatedBy = member.CreatedBy is { } by ? new UserBasicJson(by, publicUrl) : null;
        ExpiresAt = membership.ExpiresAt is { } instant ? UtcDay.Of(ListingRequest.Instant(instant)) : null;
        Email = showsEmail ? member.User.Email : null;
    }

    public int AccessLevel { get; }
    public DateTimeOffset CreatedAt { get; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public UserBasicJson? CreatedBy { get; }
    public DateOnly? ExpiresAt { get; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Email { get; }
    public string MembershipState => "active";
}

/// <summary>What a user is a member of.</summary>
internal sealed class MembershipJson(NamedMembership shown)
{
    public long SourceId => shown.ResourceId;
    public string SourceName => shown.ResourceName;
    public string SourceType => shown.OfGroup ? "Namespace" : "Project";
    public long AccessLevel => shown.Level;
}

/// <summary>What came of adding several members: <c>success</c>, or <c>error</c> with a reason for each that was not added.</summary>
internal sealed record MembersAddedJson(
    string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Dictionary<string, string>? Message);
