using System.Text.Json;
using System.Text.Json.Serialization;
using Patrol.Core.Results;
using Patrol.Core.Tokens;

namespace Patrol.Server.Wire.Doors;

/// <summary>Why a door stays shut: the words of RFC 6750, and of GitLab's log.</summary>
/// <param name="Status">401 or 403; 400 if the question itself was wrong.</param>
/// <param name="Reason">One word for programs, also in <c>X-Patrol-Reason</c>.</param>
/// <param name="Error">RFC 6750's error; null where no token came.</param>
/// <param name="Description">A sentence for people.</param>
/// <param name="LogReason">The reason as GitLab's log has it; null where it has none.</param>
/// <param name="Scope">The scopes that would have done.</param>
internal sealed record DoorRefusal(
    int Status, string Reason, string? Error, string Description, string? LogReason = null, string? Scope = null)
{
    public static readonly DoorRefusal Missing = new(StatusCodes.Status401Unauthorized, "token_missing", null, "No token was presented.");

    public static readonly DoorRefusal Banned = new(
        StatusCodes.Status403Forbidden, "address_banned", "access_denied", "Too many requests with unknown tokens from this address. Try again later.");

    public static readonly DoorRefusal SeveralTokens = BadRequest("several_tokens", "Different tokens were presented in one request; present one.");

    public static readonly DoorRefusal OverlongToken = BadRequest("token_overlong", $"A token has at most {PresentedToken.LongestText} characters.");

    public static readonly DoorRefusal NoRule = new(
        StatusCodes.Status403Forbidden, "no_rule", "access_denied", "No rule opens this path, or it cannot be said which project or group is meant.");

    public static readonly DoorRefusal Hidden = new(StatusCodes.Status404NotFound, "not_found", "not_found", "There is no such project or group, or you may not see it.");

    public static readonly DoorRefusal LevelTooLow = new(
        StatusCodes.Status403Forbidden, "access_level", "access_denied", "Your access level in the project or group does not suffice.");

    private static readonly DoorRefusal Unknown = Invalid("token_unknown", "Token is unknown.", null);
    private static readonly DoorRefusal Expired = Invalid("token_expired", "Token is expired.");
    private static readonly DoorRefusal Revoked = Invalid("token_revoked", "Token was revoked.");
    private static readonly DoorRefusal ImpersonationDisabled = Invalid("impersonation_disabled", "Token is an impersonation token but impersonation was disabled.");
    private static readonly DoorRefusal SwitchedOff = Invalid("tokens_disabled", "Tokens of this kind are switched off.", null);
    private static readonly DoorRefusal OwnerBlocked = new(
        StatusCodes.Status403Forbidden, "owner_blocked", "access_denied", "The token's owner has been blocked.");

    public static DoorRefusal Of(TokenVerdict verdict) => verdict switch
    {
        TokenVerdict.Expired => Expired,
        TokenVerdict.Revoked => Revoked,
        TokenVerdict.ImpersonationDisabled => ImpersonationDisabled,
        TokenVerdict.OwnerBlocked => OwnerBlocked,
        TokenVerdict.SwitchedOff => SwitchedOff,
        _ => Unknown,
    };

    public static DoorRefusal InsufficientScope(string wanted) => new(
        StatusCodes.Status403Forbidden, "insufficient_scope", "insufficient_scope",
        "The request requires higher privileges than provided by the access token.", "insufficient_scope", wanted);

    public static DoorRefusal UnknownScope(string scope) => BadRequest("unknown_scope", $"There is no scope '{scope[..Math.Min(scope.Length, 50)]}'.");

    /// <summary>The question itself was wrong.</summary>
    public static DoorRefusal BadRequest(string reason, string description) => new(StatusCodes.Status400BadRequest, reason, "invalid_request", description);

    /// <summary>The forwarded request cannot be read.</summary>
    public static DoorRefusal BadForwarding(Refusal refusal) =>
        BadRequest("bad_forwarding", refusal is Refusal.Invalid invalid ? $"The original request cannot be told: {invalid.Field} {invalid.Why}." : "The original request cannot be told.");

    /// <summary>What <c>WWW-Authenticate</c> says, with RFC 6750's words for bearer tokens.</summary>
    public string Challenge(string realm, bool basic) => basic ? $"Basic realm=\"{realm}\"" : Error is null
        ? $"Bearer realm=\"{realm}\""
        : $"Bearer realm=\"{realm}\", error=\"{Error}\", error_description=\"{Description}\"";

    public string ToJson() => JsonSerializer.Serialize(new DoorErrorJson(Error ?? Reason, Description, Reason, Scope), DoorJson.Default.DoorErrorJson);

    private static DoorRefusal Invalid(string reason, string description) => Invalid(reason, description, reason);

    private static DoorRefusal Invalid(string reason, string description, string? logReason) =>
        new(StatusCodes.Status401Unauthorized, reason, "invalid_token", description, logReason);
}

internal sealed record DoorErrorJson(
    string Error, string ErrorDescription, string Reason, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Scope);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DoorErrorJson))]
internal sealed partial class DoorJson : JsonSerializerContext;
