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
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(MessageJson))]
[JsonSerializable(typeof(ErrorJson))]
[JsonSerializable(typeof(ModelErrorsJson))]
[JsonSerializable(typeof(OAuthErrorJson))]
[JsonSerializable(typeof(VersionJson))]
[JsonSerializable(typeof(MetadataJson))]
[JsonSerializable(typeof(TokenJson))]
[JsonSerializable(typeof(List<TokenJson>))]
[JsonSerializable(typeof(ImpersonationTokenJson))]
[JsonSerializable(typeof(List<ImpersonationTokenJson>))]
[JsonSerializable(typeof(ResourceTokenJson))]
[JsonSerializable(typeof(List<ResourceTokenJson>))]
[JsonSerializable(typeof(SettingsJson))]
internal sealed partial class GitLabJson : JsonSerializerContext;
