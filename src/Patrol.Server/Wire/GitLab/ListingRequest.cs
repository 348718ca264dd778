using Patrol.Core.Directory;
using Patrol.Server.Storage;

namespace Patrol.Server.Wire.GitLab;

/// <summary>What GitLab's lists of users, groups and projects have in common: order, visibility, levels.</summary>
internal static class ListingRequest
{
    /// <summary>Reads <c>order_by</c> and <c>sort</c>; the first order is the default.</summary>
    public static ListingPart Part(Parameters parameters, PageRequest page, bool descending, params ReadOnlySpan<(string Word, string Column)> orders)
    {
        var column = orders[0].Column;
        var wanted = parameters.Text("order_by");
        if (!string.IsNullOrEmpty(wanted))
        {
            var known = false;
            foreach (var (word, candidate) in orders)
            {
                if (word == wanted)
                    (known, column) = (true, candidate);
            }
            if (!known)
                parameters.Problem("order_by", "does not have a valid value");
        }
        var direction = parameters.OneOf("sort", "asc", "desc");
        return new ListingPart(column, direction is null ? descending : direction == "desc", page.Offset, page.PerPage);
    }

    /// <summary>True if the request is for groups or projects that were put aside, of which there are none here.</summary>
    public static bool AsksForNothing(Parameters parameters) => parameters.Boolean("archived") == true | parameters.Boolean("active") == false;

    public static Visibility? Visibility(Parameters parameters) => parameters.OneOf("visibility", "private", "internal", "public") switch
    {
        "private" => Core.Directory.Visibility.Private,
        "internal" => Core.Directory.Visibility.Internal,
        "public" => Core.Directory.Visibility.Public,
        _ => null,
    };

    /// <summary>An access level that can be given.</summary>
    public static AccessLevel? Level(Parameters parameters, string name)
    {
        if (parameters.Integer(name) is not { } level)
            return null;
        if (level is >= 0 and <= int.MaxValue && AccessRules.IsAssignable((int)level))
            return (AccessLevel)level;
        parameters.Problem(name, "does not have a valid value");
        return null;
    }

    /// <summary>Ids, as an array or with commas.</summary>
    public static List<long> Ids(Parameters parameters, string name)
    {
        var ids = new List<long>();
        foreach (var text in parameters.Texts(name, acceptsCommas: true) ?? [])
        {
            if (!long.TryParse(text, out var id))
            {
                parameters.Problem(name, "is invalid");
                break;
            }
            ids.Add(id);
        }
        return ids;
    }

    public static string Word(Visibility visibility) => visibility.ToString().ToLowerInvariant();

    public static DateTimeOffset Instant(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
