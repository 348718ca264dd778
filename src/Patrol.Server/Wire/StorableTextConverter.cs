using System.Text.Json;
using System.Text.Json.Serialization;

namespace Patrol.Server.Wire;

/// <summary>Reads texts that every database can hold: PostgreSQL's have no null bytes.</summary>
internal sealed class StorableTextConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // What is no text is refused by the reader itself.
        var text = reader.GetString();
        return text is null || !text.Contains('\0') ? text : throw new JsonException("A text contains a null byte.");
    }

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader, typeToConvert, options)!;

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
