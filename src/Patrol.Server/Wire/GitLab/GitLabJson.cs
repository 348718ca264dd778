using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Patrol.Server.Wire.GitLab;

internal sealed record MessageJson(string Message);

internal sealed record ErrorJson(string Error);

internal sealed record ModelErrorsJson(Dictionary<string, string[]> Message);

internal sealed record OAuthErrorJson(
    string Error, string ErrorDescription, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Scope);

/// <summary>GitLab's instants: UTC with milliseconds and Z.</summary>
internal sealed class GitLabInstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[24];
        value.UtcDateTime.TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}

/// <summary>Every JSON shape of the GitLab dialect.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(GitLabInstantConverter)])]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(MessageJson))]
[JsonSerializable(typeof(ErrorJson))]
[JsonSerializable(typeof(ModelErrorsJson))]
[JsonSerializable(typeof(OAuthErrorJson))]
[JsonSerializable(typeof(VersionJson))]
[JsonSerializable(typeof(MetadataJson))]
[JsonSerializable(typeof(UserJson))]
[JsonSerializable(typeof(UserPrivateJson))]
[JsonSerializable(typeof(UserAdminJson))]
[JsonSerializable(typeof(List<UserBasicJson>))]
[JsonSerializable(typeof(List<UserAdminJson>))]
[JsonSerializable(typeof(GroupDetailJson))]
[JsonSerializable(typeof(GroupWithProjectsJson))]
[JsonSerializable(typeof(List<GroupJson>))]
[JsonSerializable(typeof(ProjectDetailJson))]
[JsonSerializable(typeof(List<ProjectJson>))]
[JsonSerializable(typeof(List<ProjectDetailJson>))]
[JsonSerializable(typeof(MemberJson))]
[JsonSerializable(typeof(List<MemberJson>))]
[JsonSerializable(typeof(MembersAddedJson))]
internal sealed partial class GitLabJson : JsonSerializerContext;
