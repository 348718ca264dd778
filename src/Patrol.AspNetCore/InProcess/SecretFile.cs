namespace Patrol.AspNetCore.InProcess;

/// <summary>The file with the secret that keys the digests, as the authority makes it.</summary>
internal static class SecretFile
{
    private const int LeastBytes = 32;

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="FormatException">It holds no secret.</exception>
    public static byte[] Read(string file)
    {
        var secret = Convert.FromBase64String(File.ReadAllText(file).Trim());
        return secret.Length >= LeastBytes ? secret : throw new FormatException();
    }
}
