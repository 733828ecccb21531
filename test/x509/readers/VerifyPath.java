import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.*;
import java.time.Instant;
import java.util.*;

/** Verifies a path with Java's PKIX: VerifyPath ROOT CRLS INSTANT LEAF [INTERMEDIATE...]. Prints "valid", or why it is not. */
public class VerifyPath {
    public static void main(String[] args) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> path = new ArrayList<>();
        for (String file : Arrays.copyOfRange(args, 3, args.length)) {
            path.add((X509Certificate) factory.generateCertificate(new FileInputStream(file)));
        }
        TrustAnchor root = new TrustAnchor((X509Certificate) factory.generateCertificate(new FileInputStream(args[0])), null);
        PKIXParameters parameters = new PKIXParameters(Set.of(root));
        parameters.setDate(Date.from(Instant.parse(args[2])));
        Collection<? extends CRL> lists = factory.generateCRLs(Files.newInputStream(Path.of(args[1])));
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
        checker.setOptions(EnumSet.of(PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK));
        parameters.addCertPathChecker(checker);
        try {
            validator.validate(factory.generateCertPath(path), parameters);
            System.out.println("valid");
        } catch (CertPathValidatorException e) {
            System.out.println(e.getReason() + " at " + e.getIndex() + ": " + e.getMessage());
        }
    }
}
