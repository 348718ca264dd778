using System.Text.Json.Serialization;

namespace Patrol.Server.Wire.GitLab;

internal sealed record MessageJson(string Message);

internal sealed record ErrorJson(string Error);

internal sealed record ModelErrorsJson(Dictionary<string, string[]> Message);

internal sealed record OAuthErrorJson(
    string Error, string ErrorDescription, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Scope);

/// <summary>Every JSON shape of the GitLab dialect.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(bool?))]
[JsonSerializable(typeof(MessageJson))]
[JsonSerializable(typeof(ErrorJson))]
[JsonSerializable(typeof(ModelErrorsJson))]
[JsonSerializable(typeof(OAuthErrorJson))]
[JsonSerializable(typeof(VersionJson))]
[JsonSerializable(typeof(MetadataJson))]
[JsonSerializable(typeof(AssociationsJson))]
[JsonSerializable(typeof(SettingsJson))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(UserJson))]
[JsonSerializable(typeof(UserPrivateJson))]
[JsonSerializable(typeof(UserAdminJson))]
[JsonSerializable(typeof(List<UserBasicJson>))]
[JsonSerializable(typeof(List<UserAdminJson>))]
[JsonSerializable(typeof(GroupDetailJson))]
[JsonSerializable(typeof(GroupWithProjectsJson))]
[JsonSerializable(typeof(List<GroupJson>))]
[JsonSerializable(typeof(NamespaceDetailJson))]
[JsonSerializable(typeof(List<NamespaceDetailJson>))]
[JsonSerializable(typeof(NamespaceExistsJson))]
[JsonSerializable(typeof(ProjectDetailJson))]
[JsonSerializable(typeof(List<ProjectJson>))]
[JsonSerializable(typeof(List<ProjectDetailJson>))]
[JsonSerializable(typeof(HookJson))]
[JsonSerializable(typeof(List<HookJson>))]
[JsonSerializable(typeof(MemberJson))]
[JsonSerializable(typeof(List<MemberJson>))]
[JsonSerializable(typeof(List<MembershipJson>))]
[JsonSerializable(typeof(MembersAddedJson))]
internal sealed partial class GitLabJson : JsonSerializerContext;
