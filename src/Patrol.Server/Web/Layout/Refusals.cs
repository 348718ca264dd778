using Patrol.Core.Results;

namespace Patrol.Server.Web.Layout;

/// <summary>A use case's refusal in the words of a page.</summary>
public static class Refusals
{
    /// <summary>The key under which a refusal stands that belongs to no field.</summary>
    public const string Whole = "";

    /// <summary>The field that it belongs to, and a sentence in the page's language.</summary>
    public static (string Field, string Sentence) Of(Refusal refusal, Language words) => refusal switch
    {
        Refusal.Invalid invalid => (invalid.Field, Sentence(words.Translate(invalid.Why))),
        Refusal.Conflict conflict => (Whole, words.Translate(conflict.Why)),
        Refusal.WrongState wrong => (Whole, words.Translate(wrong.Why)),
        Refusal.Forbidden forbidden => (Whole, words.Translate(forbidden.Why ?? "You may not do this.")),
        _ => (Whole, words["There is nothing at this address, or it is not yours to see."]),
    };

    /// <summary>As <see cref="Of"/>, as what a form shows at its fields.</summary>
    public static IReadOnlyDictionary<string, string> At(Refusal refusal, Language words)
    {
        var (field, sentence) = Of(refusal, words);
        return new Dictionary<string, string>(StringComparer.Ordinal) { [field] = sentence };
    }

    /// <summary>The status with which a refused form is shown again.</summary>
    public static int Status(Refusal refusal) => refusal switch
    {
        Refusal.NotFound => StatusCodes.Status404NotFound,
        Refusal.Forbidden => StatusCodes.Status403Forbidden,
        _ => StatusCodes.Status422UnprocessableEntity,
    };

    // What continues a field's name stands alone below the field.
    private static string Sentence(string why) => why.Length == 0 ? why : char.ToUpperInvariant(why[0]) + why[1..];
}
