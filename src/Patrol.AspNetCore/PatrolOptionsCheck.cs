using Microsoft.Extensions.Options;
using Npgsql;
using Patrol.AspNetCore.InProcess;

namespace Patrol.AspNetCore;

/// <summary>Says at the start what is wrong with a scheme's options, all of it at once.</summary>
internal sealed class PatrolOptionsCheck(string scheme) : IValidateOptions<PatrolOptions>
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestCacheDuration = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? name, PatrolOptions options)
    {
        if (name != scheme)
            return ValidateOptionsResult.Skip;
        var wrong = Find(options).Select(what => $"Authentication scheme '{scheme}': {what}").ToList();
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> Find(PatrolOptions options)
    {
        foreach (var what in options.Database is null ? FindInAuthority(options) : FindInDatabase(options, options.Database))
            yield return what;
        if (options.Timeout <= TimeSpan.Zero || options.Timeout > LongestTimeout)
            yield return "Timeout must be more than zero and at most 10 minutes.";
        if (options.CacheDuration < TimeSpan.Zero || options.CacheDuration > LongestCacheDuration)
            yield return "CacheDuration must be from zero to one day.";
        if (options.CacheDurationWithEvents < TimeSpan.Zero || options.CacheDurationWithEvents > LongestCacheDuration)
            yield return "CacheDurationWithEvents must be from zero to one day.";
        if (options.CacheCapacity < 0)
            yield return "CacheCapacity must not be negative.";
        if (options.Realm.AsSpan().ContainsAny('"', '\\') || options.Realm.Any(character => !char.IsAscii(character) || char.IsControl(character)))
            yield return "Realm must be of ASCII characters without quotes and backslashes.";
    }

    private static IEnumerable<string> FindInAuthority(PatrolOptions options)
    {
        if (options.Authority is not { } authority)
            yield return "set Authority to the token authority's address, such as https://tokens.example.com, or Database and SecretFile to verify in this process.";
        else if (!authority.IsAbsoluteUri || authority.Scheme is not ("https" or "http") || authority.Query.Length > 0 || authority.Fragment.Length > 0 || authority.UserInfo.Length > 0)
            yield return "Authority must be an https URL without user, query and fragment.";
        else if (authority.Scheme == "http" && options.RequireHttps && !authority.IsLoopback)
            yield return "Authority must be an https URL, or tokens would travel readable; RequireHttps = false allows it.";
        if (string.IsNullOrEmpty(options.ClientId) || options.ClientId.Contains(':'))
            yield return "set ClientId to the id of this service's credentials, such as client-1; an administrator makes them at /api/patrol/v1/clients.";
        if (string.IsNullOrEmpty(options.ClientSecret))
            yield return "set ClientSecret to the secret of this service's credentials.";
    }

    // The connection string may hold a password: messages never repeat it.
    private static IEnumerable<string> FindInDatabase(PatrolOptions options, string database)
    {
        if (options.Authority is not null)
            yield return "set either Authority or Database: tokens are verified in one place.";
        if (SharedDatabase.NamesHost(database) ? !IsConnectionString(database) : !File.Exists(database))
            yield return "Database must be an Npgsql connection string (Host=…;Username=…;Database=…) or the path of the authority's SQLite file.";
        if (string.IsNullOrEmpty(options.SecretFile))
            yield return "set SecretFile to the file with the secret that keys the database's digests: 'secret' in the authority's data folder.";
        else if (Unreadable(options.SecretFile) is { } fault)
            yield return $"SecretFile cannot be used: {fault}";
    }

    private static bool IsConnectionString(string database)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(database).Host is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string? Unreadable(string file)
    {
        try
        {
            SecretFile.Read(file);
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return fault.Message;
        }
        catch (FormatException)
        {
            return $"{file} does not hold 32 bytes or more in base64.";
        }
    }
}
