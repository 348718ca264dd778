using System.Text.Json;
using System.Text.Json.Serialization;
using Patrol.Core.Lifetimes;

namespace Patrol.Server.Wire;

/// <summary>Instants on the wire, in every dialect: UTC, always three digits of milliseconds, Z.</summary>
internal sealed class UtcInstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[InstantText.Length];
        InstantText.Write(value, text);
        writer.WriteStringValue(text);
    }
}
