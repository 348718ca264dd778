using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// The lines of an undo file of GitLab's database. The first says what was changed, where, when, and which columns got which
/// value; each other holds a batch: ids as ranges, with the values that they had. Ranges keep the file of 1.5 million tokens small.
/// </summary>
internal static class UndoText
{
    private const string System = "gitlab-db";

    /// <summary>What a change is called in its file.</summary>
    public static string Words(TokenChange change) => change switch
    {
        TokenChange.MoveExpiry { New: { } day } move => $"expiry {move.Old:yyyy-MM-dd} to {day:yyyy-MM-dd}",
        TokenChange.MoveExpiry move => $"expiry {move.Old:yyyy-MM-dd} removed",
        _ => "revoked",
    };

    public static ReadOnlyMemory<byte> Header(string change, Overwriting overwriting, DatabaseIdentity where, DateTimeOffset now) => Line(json =>
    {
        json.WriteNumber("patrol_undo", 1);
        json.WriteString("system", System);
        json.WriteString("database", where.Database);
        json.WriteString("host", where.Host);
        json.WriteString("cluster", where.Cluster);
        json.WriteString("at", now.UtcDateTime);
        json.WriteString("change", change);
        json.WriteStartObject("columns");
        foreach (var (column, value) in overwriting.Columns)
            json.WriteString(column.Name, value);
        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> Batch(OverwrittenBatch batch) => Line(json =>
    {
        json.WriteStartArray("tokens");
        foreach (var alike in batch.Tokens)
        {
            json.WriteStartObject();
            json.WriteString("ids", Ranges(alike.Ids));
            json.WriteStartArray("was");
            foreach (var value in alike.Was)
                json.WriteStringValue(value);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("memberships");
        foreach (var membership in batch.Memberships)
        {
            json.WriteStartObject();
            json.WriteNumber("id", membership.Id);
            json.WriteString("was", membership.ExpiresAt);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("made", Ranges(batch.Made));
    });

    /// <summary>What the first line says was overwritten, for the database that it was made on.</summary>
    /// <exception cref="CliFailure">It was made elsewhere, or speaks of what no change overwrites.</exception>
    public static Overwriting Read(JsonElement header, DatabaseIdentity here)
    {
        if (Text(header, "system") != System)
            throw CliFailure.Usage("The undo file was made on another kind of system than --gitlab-db: name that one.");
        if (Text(header, "database") is { } made && made != here.Database)
            throw CliFailure.Usage($"The undo file was made on the database {made} on {Text(header, "host")}, not on {here.Database}: name that one.");
        if (Text(header, "cluster") is { } cluster && cluster != here.Cluster)
        {
            throw CliFailure.Usage(
                $"The undo file was made on another database of the same name, on {Text(header, "host")} ({cluster}), not on the one on {here.Host} ({here.Cluster}). If it is the same after a dump and restore or an upgrade, put {here.Cluster} into the file's first line.");
        }
        var columns = header.GetProperty("columns").EnumerateObject().Select(column => (column.Name, column.Value.GetString()));
        return Overwriting.Read(columns) ?? throw CliFailure.Usage("The undo file speaks of columns that patrol does not change: a later version made it.");
    }

    public static OverwrittenBatch Read(JsonElement line) => new(
        [
            .. line.GetProperty("tokens").EnumerateArray().Select(alike => new Alike(
                ReadRanges(alike.GetProperty("ids").GetString()!), [.. alike.GetProperty("was").EnumerateArray().Select(value => value.GetString())])),
        ],
        [.. line.GetProperty("memberships").EnumerateArray().Select(membership => new EndingMembership(membership.GetProperty("id").GetInt64(), membership.GetProperty("was").GetString()!))])
    {
        Made = line.GetProperty("made").GetString() is { Length: > 0 } made ? ReadRanges(made) : [],
    };

    /// <summary><c>1-3,7</c> for 1, 2, 3 and 7.</summary>
    public static string Ranges(ReadOnlySpan<long> ids)
    {
        var text = new StringBuilder();
        for (var i = 0; i < ids.Length;)
        {
            var end = i;
            while (end + 1 < ids.Length && ids[end + 1] == ids[end] + 1)
                end++;
            text.Append(text.Length > 0 ? "," : "").Append(ids[i]);
            if (end > i)
                text.Append('-').Append(ids[end]);
            i = end + 1;
        }
        return text.ToString();
    }

    private static long[] ReadRanges(string text)
    {
        var ids = new List<long>();
        foreach (var range in text.Split(','))
        {
            // The dash after the first character: an id may be negative.
            var dash = range.IndexOf('-', 1);
            var first = long.Parse(dash < 0 ? range : range[..dash], CultureInfo.InvariantCulture);
            var last = dash < 0 ? first : long.Parse(range[(dash + 1)..], CultureInfo.InvariantCulture);
            for (var id = first; id <= last; id++)
                ids.Add(id);
        }
        return [.. ids];
    }

    private static string? Text(JsonElement header, string name) => header.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static ReadOnlyMemory<byte> Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }
}
